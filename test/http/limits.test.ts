/** What one request may take of headers, body and time; beyond that it is answered, and its connection ends. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { TestApi, type Answered } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;
let path: string;

beforeAll(async () => {
  api = await TestApi.start();
  path = `/v1/inboxes/${await api.inbox()}/conversations/c_1/events`;
});
afterAll(() => api.stop());

/** A connection as a client has it that writes by itself what it sends. */
class Wire {
  text = '';
  endedAfter = 0;
  /** it ended before all was sent or read */
  broke = false;
  private readonly began = performance.now();
  private readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => (this.text += text));
    socket.on('error', () => (this.broke = true));
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.endedAfter = (performance.now() - this.began) / 1_000;
        resolve();
      });
    });
  }

  static open(): Promise<Wire> {
    return new Promise((resolve) => {
      const { hostname, port } = new URL(api.url);
      const socket = connect(Number(port), hostname, () => resolve(new Wire(socket)));
    });
  }

  /** Sends it a byte at a time, until the connection ends. */
  async drip(text: string, everyMs: number): Promise<void> {
    for (const byte of text) {
      if (this.socket.destroyed) return;
      this.socket.write(byte);
      await sleep(everyMs);
    }
  }

  /** Sends the same again and again, until the connection ends. @returns how many bytes went out */
  async pour(piece: Buffer | string, most = Infinity): Promise<number> {
    let sent = 0;
    while (!this.socket.destroyed && sent < most) {
      const isTaken = this.socket.write(piece);
      sent += piece.length;
      if (!isTaken) await Promise.race([once(this.socket, 'drain'), this.closed]).catch(() => {});
    }
    return sent;
  }

  /** Once the connection has ended. */
  async answered(): Promise<Answered> {
    await this.closed;
    const [head = '', text = ''] = this.text.split('\r\n\r\n');
    const [line = '', ...lines] = head.split('\r\n');
    const headers = new Headers(lines.map((l) => l.split(/: (.*)/).slice(0, 2) as [string, string]));
    const status = Number(line.split(' ')[1]);
    return { status, headers, text, body: JSON.parse(text) as Answered['body'] };
  }
}

const post = (length: number | string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

/** It cannot be unpacked, and more is to come. */
const brokenImport = () =>
  post(1_000)
    .replace(/conversations\/.*? /, 'import ')
    .replace('application/json', 'application/x-ndjson\r\nContent-Encoding: gzip') + 'not packed';

const pieces = (key = api.key) =>
  post(0).replace(api.key, key).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
const PIECE = `186a0\r\n${' '.repeat(100_000)}\r\n`;

const written = async () => (await api.pool.query('SELECT FROM timeline')).rowCount;

describe('a request that is too slow', () => {
  test('with its headers: 408 within 13 s; with its body: 408 within 23 s; with the rest of an import that failed: its end within 23 s; none blocks others', async () => {
    const [headers, body, silent] = [await Wire.open(), await Wire.open(), await Wire.open()];
    void headers.drip(post(2), 500);
    body.socket.write(post(1_000));
    void body.drip('{'.repeat(1_000), 500);
    const failed = await Wire.open();
    failed.socket.write(brokenImport());
    void failed.drip(' '.repeat(1_000), 500);
    const began = performance.now();
    expect((await api.get('/v1/inboxes')).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(2_000);
    const answers = await Promise.all([headers, body].map((wire) => wire.answered()));
    for (const answer of answers) isProblem(answer, 408);
    expect(headers.endedAfter).toBeGreaterThan(9);
    expect(headers.endedAfter).toBeLessThan(13);
    expect(body.endedAfter).toBeGreaterThan(19);
    expect(body.endedAfter).toBeLessThan(23);
    isProblem(await failed.answered(), 400);
    expect(failed.endedAfter).toBeGreaterThan(19);
    expect(failed.endedAfter).toBeLessThan(23);
    await silent.answered().catch(() => {}); // that has sent nothing at all is cut too
    expect(silent.endedAfter).toBeLessThan(23);
    expect(await written()).toBe(0);
  });
});

describe('a request that is too large', () => {
  test.each([
    ['one header', () => `GET /v1/inboxes HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(17_000)}\r\n\r\n`],
    ['many headers', () => `GET /v1/inboxes HTTP/1.1\r\nHost: x\r\n${'X-Many: yes\r\n'.repeat(2_000)}\r\n`],
    ['the path', () => `GET /v1/inboxes?cursor=${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    [
      'headers without an end',
      () => `GET /v1/inboxes HTTP/1.1\r\nHost: x\r\n${'X-Many: yes\r\n'.repeat(100_000)}`,
    ],
  ])('in %s: 431', async (_, request) => {
    const wire = await Wire.open();
    wire.socket.write(request());
    isProblem(await wire.answered(), 431);
    expect(wire.endedAfter).toBeLessThan(5);
  });

  test.each([
    ['as it says', () => post(1_000_000_000) + ' '.repeat(100_000)],
    ['as its pieces show', () => pieces() + PIECE.repeat(11)],
  ])('in its body, %s: 413 at once, though more is to come; then the connection ends', async (_, request) => {
    const wire = await Wire.open();
    wire.socket.write(request());
    isProblem(await wire.answered(), 413);
    expect(wire.endedAfter).toBeLessThan(5);
    expect(wire.broke).toBe(false);
  });

  test.each([
    ['as it says', () => post(8_000_000), ' '.repeat(100_000)],
    ['as its pieces show', () => pieces(), PIECE],
  ])(
    'in its body, %s: 413 also for a client that first sends all, and then reads',
    async (_, head, piece) => {
      const wire = await Wire.open();
      wire.socket.pause().write(head());
      expect(await wire.pour(piece, 80 * piece.length)).toBe(80 * piece.length);
      await sleep(200);
      expect(wire.broke).toBe(false);
      wire.socket.resume();
      isProblem(await wire.answered(), 413);
      expect(wire.broke).toBe(false);
    },
  );

  test.each([
    ['of a key that may', 413, () => pieces()],
    ['without a key', 401, () => pieces('nobody')],
  ])('in its body, %s, without an end: the answer, and the connection is cut', async (_, status, head) => {
    const wire = await Wire.open();
    wire.socket.write(head());
    expect(await wire.pour(PIECE)).toBeLessThan(40_000_000);
    isProblem(await wire.answered(), status);
    expect(wire.endedAfter).toBeLessThan(10);
  });

  test('in what its compressed body unpacks to: 413', async () => {
    const wire = await Wire.open();
    const packed = gzipSync(Buffer.alloc(100_000_000, ' '));
    wire.socket.write(post(packed.length).replace('\r\n\r\n', '\r\nContent-Encoding: gzip\r\n\r\n'));
    wire.socket.write(packed);
    isProblem(await wire.answered(), 413);
  });
});

describe('what is not HTTP', () => {
  test.each([
    ['a request', () => 'what is this?\r\n\r\n'],
    ['a body’s length', () => post('some')],
    ['a length beside pieces', () => post(2).replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n')],
  ])('as %s: 400, and the connection ends', async (_, request) => {
    const wire = await Wire.open();
    wire.socket.write(request());
    isProblem(await wire.answered(), 400);
    expect(await written()).toBe(0);
  });

  test('after a request that was answered: 400, after that answer', async () => {
    const wire = await Wire.open();
    wire.socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    while (!wire.text.includes('200 OK')) await sleep(10);
    wire.text = '';
    await sleep(50);
    wire.text = '';
    wire.socket.write('nonsense\r\n\r\n');
    isProblem(await wire.answered(), 400);
  });
});
