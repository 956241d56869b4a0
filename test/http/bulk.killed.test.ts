/** The worker, its own process, is killed in the middle of a bulk job: each conversation gets the event once all the same. */
import path from 'node:path';
import { Client } from 'pg';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { startParts, type Parts } from '../support/parts';
import { eventually } from '../workflows/support/eventually';

const MANY = 250;

let parts: Parts;
beforeAll(async () => {
  const cache = path.join(__dirname, '..', '..', '.cache');
  parts = await startParts(path.dirname(await temporalProgram(cache, createLogger('silent'))));
}, 120_000);
afterAll(() => parts.stop());

async function ask(method: string, at: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { Authorization: `Bearer ${parts.key}`, 'Content-Type': 'application/json' };
  const response = await fetch(parts.url + at, { method, headers, body: body && JSON.stringify(body) });
  return (await response.json()) as Record<string, unknown>;
}

test('another worker goes on where it was, and each is applied once', async () => {
  await ask('PUT', '/v1/inboxes/desk', { settings: {} });
  const conversations = Array.from({ length: MANY }, (_, i) => `c_${i}`);
  await ask('POST', '/v1/inboxes/desk/contacts', { conversations });
  const { job } = await ask('POST', '/v1/inboxes/desk/bulk', {
    event: { type: 'block', by: 'ana' },
    filter: {},
  });
  const at = `/v1/inboxes/desk/bulk/${String(job)}`;
  const applied = async () => ((await ask('GET', at)).results as { applied: number }).applied;
  await eventually('it is on its way', async () => (await applied()) > 0, 60_000);
  await parts.replaceWorker();
  expect(await applied()).toBeLessThan(MANY);
  await eventually('it is done', async () => (await ask('GET', at)).state === 'done', 90_000);
  expect(await ask('GET', at)).toMatchObject({ results: { applied: MANY, ignored: 0, refused: 0, left: 0 } });

  const client = new Client({ connectionString: parts.databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    `SELECT count(*)::int AS decisions, count(DISTINCT conversation)::int AS conversations, min(verdict) AS verdict, max(event) AS event
     FROM timeline`,
  );
  await client.end();
  expect(rows).toEqual([
    { decisions: MANY, conversations: MANY, verdict: 'applied', event: `bulk.${String(job)}` },
  ]);
}, 240_000);
