/** A data folder as a release left it: `test/fixtures/data-folder.tar.br`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { postgresUser } from '../../../src/embedded/postgres-user';

const file = path.join(__dirname, '..', '..', 'fixtures', 'data-folder.tar.br');
const MANIFEST = 'recorded.json';
const MOST_BYTES = 300_000_000;

/** What it holds that the database does not know yet. */
export interface Recorded {
  recorded_at: string;
  /** events that were accepted and not decided, in their order: ids by `inbox/conversation` */
  waiting: Record<string, string[]>;
}

/** @param dir a data folder that no server uses */
export function keepFolder(dir: string, recorded: Recorded): number {
  writeFileSync(path.join(dir, MANIFEST), JSON.stringify(recorded));
  const without = ['./logs', './run', './lock'].map((name) => `--exclude=${name}`);
  const { stdout, status } = spawnSync('tar', ['-C', dir, ...without, '-cf', '-', '.'], {
    maxBuffer: MOST_BYTES,
  });
  if (status !== 0) throw new Error('tar failed');
  const { BROTLI_PARAM_LARGE_WINDOW, BROTLI_PARAM_LGWIN, BROTLI_PARAM_QUALITY } = constants;
  // PostgreSQL's databases hold the same files, too far apart for an ordinary compression window.
  const params = { [BROTLI_PARAM_LARGE_WINDOW]: 1, [BROTLI_PARAM_LGWIN]: 28, [BROTLI_PARAM_QUALITY]: 11 };
  const packed = brotliCompressSync(stdout, { params });
  writeFileSync(file, packed);
  return packed.length;
}

/** A copy to work in. */
export function copyOfFolder(): { dir: string; recorded: Recorded; remove: () => void } {
  const dir = mkdtempSync(path.join(tmpdir(), 'conversation-status-recorded-'));
  const params = { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 };
  const tar = brotliDecompressSync(readFileSync(file), { params, maxOutputLength: MOST_BYTES });
  run('tar', ['-C', dir, '--no-same-owner', '-xpf', '-'], tar);
  const postgres = path.join(dir, 'postgres');
  const user = postgresUser(postgres);
  if (user) run('chown', ['-R', `${user.uid}:${user.gid}`, postgres, path.join(dir, 'postgres-password')]);
  const recorded = JSON.parse(readFileSync(path.join(dir, MANIFEST), 'utf8')) as Recorded;
  return { dir, recorded, remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 20 }) };
}

function run(command: string, args: string[], input?: Buffer): void {
  const { status, stderr } = spawnSync(command, args, { input });
  if (status !== 0) throw new Error(`${command} failed: ${String(stderr)}`);
}
