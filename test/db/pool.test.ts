/** A connection to PostgreSQL over TLS, to a server of ours that says what it was told. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { createPool } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';

const PASSWORD = 'open-sesame';
/** PostgreSQL's question whether the server speaks TLS: a length, and a number of its own. */
const ASKS_FOR_TLS = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

let folder: string;
let server: Server;
let plain: Buffer[];
let inside: Buffer[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'conversation-status-tls-'));
  const key = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=db', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', 'key.pem', '-out', 'cert.pem'];
  await promisify(execFile)('openssl', ['req', ...key, ...name, ...files], { cwd: folder });
  const [cert, secret] = ['cert.pem', 'key.pem'].map((file) => readFileSync(path.join(folder, file)));
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (asked: Buffer) => {
      plain.push(asked);
      socket.write('S');
      const secured = new TLSSocket(socket, { isServer: true, cert, key: secret });
      secured.on('error', () => {});
      secured.on('data', (told: Buffer) => {
        inside.push(told);
        secured.end(); // it is no PostgreSQL
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => ([plain, inside] = [[], []]));

async function connects(parameters: string): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const databaseUrl = `postgres://worker:${PASSWORD}@localhost:${port}/db?${parameters}`;
  const pool = createPool({
    databaseUrl,
    role: 'conversations_worker',
    max: 1,
    logger: createLogger('silent'),
  });
  try {
    await pool.query('SELECT 1');
  } finally {
    await pool.end();
  }
}

it('is asked for where the URL says so; nothing is said before, and to the server of the given authority all is said inside', async () => {
  const authority = encodeURIComponent(path.join(folder, 'cert.pem'));
  await expect(connects(`sslmode=verify-full&sslrootcert=${authority}`)).rejects.toThrow();
  expect(Buffer.concat(plain)).toEqual(ASKS_FOR_TLS);
  expect(Buffer.concat(inside).toString('latin1')).toContain('conversations_worker');
});

it('a server whose certificate nobody vouches for is told nothing', async () => {
  await expect(connects('sslmode=require')).rejects.toThrow(/self-signed certificate/);
  expect(Buffer.concat(plain)).toEqual(ASKS_FOR_TLS);
  expect(inside).toEqual([]);
});
