/** The stream over real HTTP. What is decided is written into the outbox as the worker writes it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Pool } from 'pg';
import { eventually } from '../workflows/support/eventually';
import { TestApi } from './support/api';
import { isProblem } from './support/problem';
import { Reader } from './support/sse';
import { TcpProxy } from './support/tcp-proxy';

let api: TestApi;
const readers: Reader[] = [];

beforeAll(async () => {
  api = await TestApi.start();
  for (const inbox of ['support', 'sales']) await api.inbox({}, inbox);
});
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()));
});
afterAll(() => api.stop());

let seq = 0;
const INSERT = `WITH told AS (
    INSERT INTO outbox (account, inbox, conversation, seq, nth, type, payload, created_at)
    VALUES ($1, $2, 'c', $3, 0, $4, json_build_object('type', $4::text, 'seq', $3::int), now() - $5 * interval '1 day'))
  SELECT pg_notify('told', $1)`;

async function tell(
  inbox = 'support',
  type = 'conversation.status_changed',
  by: Pick<Pool, 'query'> = api.pool,
) {
  seq += 1;
  await by.query(INSERT, [api.account, inbox, seq, type, 0]);
  return seq;
}

async function read(query = '', lastId?: string, key = api.key): Promise<Reader> {
  const reader = await Reader.open(`${api.url}/v1/inboxes/support/stream${query}`, key, lastId);
  readers.push(reader);
  await eventually('it is welcome', () => Promise.resolve(reader.lastId !== undefined || reader.ended));
  return reader;
}

const seqs = (reader: Reader) =>
  reader.seen.filter((s) => s.event !== 'reset').map((s) => (JSON.parse(s.data) as { seq: number }).seq);

async function has(reader: Reader, wanted: number[]): Promise<void> {
  await eventually(`it has ${wanted.length}`, () => Promise.resolve(seqs(reader).length >= wanted.length));
  expect(seqs(reader)).toEqual(wanted);
}

test('given a reader, when something is decided, then it is told in the words of a webhook, and of no other inbox', async () => {
  const reader = await read();
  expect(reader.contentType).toBe('text/event-stream');
  await tell('sales');
  const told = await tell();
  await has(reader, [told]);
  expect(reader.seen[0]).toMatchObject({
    event: 'conversation.status_changed',
    id: expect.stringMatching(/^\S+$/) as string,
  });
});

test('given types, then the stream has only these', async () => {
  const reader = await read('?types=survey.requested,flow.interrupted');
  await tell();
  const wanted = [await tell('support', 'survey.requested'), await tell('support', 'flow.interrupted')];
  await has(reader, wanted);
  isProblem(await api.get('/v1/inboxes/support/stream?types=exploded'), 400);
});

test('a close during a gap of the stream is caught up by Last-Event-ID, without a repeat', async () => {
  const first = await read();
  const before = await tell();
  await has(first, [before]);
  await first.close();
  const missed = [await tell(), await tell()];
  const second = await read('', first.lastId);
  await has(second, missed);
  const later = await tell();
  await has(second, [...missed, later]);
  const third = await read(`?after=${first.lastId}`);
  await has(third, [...missed, later]);
});

test('a stream that got nothing yet resumes from where it began', async () => {
  const first = await read();
  await first.close();
  const missed = await tell();
  await has(await read('', first.lastId), [missed]);
});

test('resumed at another process that has not read as far yet, then nothing is told twice', async () => {
  const { hostname, port } = new URL(api.database.url);
  const proxy = await TcpProxy.to(hostname, Number(port));
  const databaseUrl = api.database.url.replace(`${hostname}:${port}`, proxy.address);
  const other = await TestApi.start({ database: api.database, databaseUrl });
  const url = `${other.url}/v1/inboxes/support/stream`;
  try {
    const here = await read();
    const there = await Reader.open(url, api.key);
    readers.push(there);
    const wanted: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      proxy.silence();
      wanted.push(await tell());
      await has(here, wanted);
      await proxy.open();
      const resumed = await Reader.open(url, api.key, here.lastId);
      readers.push(resumed);
      const next = await tell();
      wanted.push(next);
      await has(resumed, [next]);
    }
    await has(there, wanted);
  } finally {
    await Promise.all(readers.splice(0).map((reader) => reader.close()));
    await other.stop();
    proxy.close();
  }
});

test('given commits out of order, then none is passed over', async () => {
  const slow = await api.pool.connect();
  try {
    const reader = await read();
    await slow.query('BEGIN');
    const first = await tell('support', undefined, slow);
    const second = await tell();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seqs(reader)).toEqual([]);
    await slow.query('COMMIT');
    await has(reader, [first, second]);
  } finally {
    slow.release();
  }
});

test('more than a page is caught up in order', async () => {
  const first = await read();
  await first.close();
  const from = seq + 1;
  await api.pool.query(
    `INSERT INTO outbox (account, inbox, conversation, seq, nth, type, payload, created_at)
     SELECT $1, 'support', 'many', n, 0, 't', json_build_object('seq', n), now() FROM generate_series($2::int, $2::int + 1699) n`,
    [api.account, from],
  );
  seq += 1_700;
  const second = await read('', first.lastId);
  await has(
    second,
    Array.from({ length: 1_700 }, (_, i) => from + i),
  );
});

test.each([
  ['is of another inbox', () => Reader.open(`${api.url}/v1/inboxes/sales/stream`, api.key).then(lastIdOf)],
  ['is none', () => Promise.resolve('42')],
])('an id that %s gets a reset, and then what is new', async (_, foreign) => {
  const reader = await read('', await foreign());
  await eventually('it is told so', () => Promise.resolve(reader.seen[0]?.event === 'reset'));
  const told = await tell();
  await has(reader, [told]);
});

async function lastIdOf(reader: Reader): Promise<string> {
  readers.push(reader);
  return eventually('it has an id', () => Promise.resolve(reader.lastId));
}

test('an id that is too old gets a reset', async () => {
  const first = await read();
  const told = await tell();
  await has(first, [told]);
  await first.close();
  await api.pool.query(
    'UPDATE outbox_horizon SET (xid, id) = (SELECT xid, id + 1 FROM outbox ORDER BY xid DESC, id DESC LIMIT 1)',
  );
  const second = await read('', first.lastId);
  await eventually('it is told so', () => Promise.resolve(second.seen[0]?.event === 'reset'));
  await api.pool.query(`UPDATE outbox_horizon SET xid = '0', id = 0`);
});

test('given a key that is revoked, then its stream ends soon, and others go on', async () => {
  const key = await api.addKey();
  const [revoked, other] = [await read('', undefined, key), await read()];
  await api.pool.query(`UPDATE api_keys SET revoked_at = now() WHERE key_hash = sha256($1::bytea)`, [
    Buffer.from(key),
  ]);
  await eventually('it ends', () => Promise.resolve(revoked.ended), 3_000);
  const told = await tell();
  await has(other, [told]);
  expect(other.ended).toBe(false);
});

test('many readers each hear all of it once', async () => {
  const many = await Promise.all(Array.from({ length: 50 }, () => read()));
  const wanted: number[] = [];
  for (let i = 0; i < 40; i += 1) wanted.push(await tell());
  for (const reader of many) await has(reader, wanted);
});

test('given a reader that reads nothing, then it is disconnected, and the others get all of it', async () => {
  const { hostname, port } = new URL(api.url);
  const slow = connect(Number(port), hostname);
  slow.write(
    `GET /v1/inboxes/support/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.key}\r\n\r\n`,
  );
  await once(slow, 'readable');
  const reader = await read();
  const [from, many] = [seq + 1, 3_000];
  await api.pool.query(
    `INSERT INTO outbox (account, inbox, conversation, seq, nth, type, payload, created_at)
     SELECT $1, 'support', 'big', n, 0, 't', json_build_object('seq', n, 'fill', repeat('x', 10000)), now()
     FROM generate_series($2::int, $2::int + $3::int - 1) n`,
    [api.account, from, many],
  );
  seq += many;
  await has(
    reader,
    Array.from({ length: many }, (_, i) => from + i),
  );
  let bytes = 0;
  slow.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('error', () => {});
  await once(slow, 'close');
  expect(bytes).toBeLessThan(many * 10_000);
});

test('an unknown inbox, a missing key and a wrong scope are answered as everywhere', async () => {
  isProblem(await api.get('/v1/inboxes/nowhere/stream'), 404);
  isProblem(await api.get('/v1/inboxes/support/stream', { key: null }), 401);
  isProblem(await api.get('/v1/inboxes/support/stream', { key: await api.addKey(['events:write']) }), 403);
  const head = await api.ask('HEAD', '/v1/inboxes/support/stream');
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
});
