/**
 * `npm run record:folder`: keeps a data folder as this code makes it, for row 21. `-- --tree DIR`: as another
 * copy of the code makes it. Conversations in every status, timers far and near, one that was continued in a second run, some that
 * rest, and events that nobody has decided.
 */
import { Client as Temporal, Connection } from '@temporalio/client';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { Client } from './harness/client';
import { openDataFolder } from '../../src/embedded/data-folder';
import { startPostgres } from '../../src/embedded/postgres-server';
import { startTemporal } from '../../src/embedded/temporal-server';
import { createLogger } from '../../src/runtime/log';
import { SEARCH_ATTRIBUTES, TASK_QUEUE, workflowId } from '../../src/temporal/contract';
import { cleanUp, repository, start } from '../embedded/service';
import { keepFolder } from './harness/recorded-folder';
import { eachOf } from './harness/until';
import { account } from './harness/world';

const { values } = parseArgs({ options: { tree: { type: 'string', default: repository } } });
const logger = createLogger('warn');

const FAR_S = 360 * 24 * 3_600;
const NEAR_S = 45;
const AT_ONCE = 16;
/** Temporal suggests a new run after 4,096 events, some 820 awaited messages. */
const LONG = 1_000;
const REFUSED = 409;

interface Happening {
  type: string;
  [field: string]: unknown;
}

interface Life {
  inbox: string;
  name: string;
  how_many: number;
  events: Happening[];
}

const reply = { type: 'agent_reply', agent: 'ana' };
const close = { type: 'close', agent: 'ana' };
const message = { type: 'message' };
const flow = { type: 'flow_start', flow: 'welcome', execution: 'x1' };
const snooze = (seconds: number) => ({
  type: 'snooze',
  until: new Date(Date.now() + seconds * 1_000).toISOString(),
});

function settingsWithin(seconds: number): object {
  return {
    csat: { enabled: true, timeout_seconds: seconds },
    auto_close: { after_seconds: seconds },
    flows: { timeout_seconds: seconds },
  };
}

const INBOXES: Record<string, object> = {
  plain: {},
  far: settingsWithin(FAR_S),
  near: settingsWithin(NEAR_S),
  archiving_far: { auto_archive: { after_seconds: FAR_S } },
  archiving_near: { auto_archive: { after_seconds: NEAR_S } },
};

const FAR: Life[] = [
  { inbox: 'far', name: 'new', how_many: 90, events: [message] },
  {
    ...{ inbox: 'far', name: 'in_progress', how_many: 90 },
    events: [message, reply, { type: 'tag_add', tags: ['vip'] }, { type: 'assign', team: 'sales' }],
  },
  { inbox: 'far', name: 'in_flow', how_many: 80, events: [flow] },
  {
    ...{ inbox: 'far', name: 'priority_flow', how_many: 60 },
    events: [message, reply, { ...flow, has_priority: true }],
  },
  { inbox: 'far', name: 'resolved', how_many: 80, events: [message, reply, close] },
  { inbox: 'far', name: 'snoozed', how_many: 60, events: [message, reply, snooze(FAR_S)] },
  { inbox: 'archiving_far', name: 'closed', how_many: 12, events: [message, close] },
  { inbox: 'plain', name: 'rested', how_many: 12, events: [message, reply, close] },
  { inbox: 'plain', name: 'archived', how_many: 6, events: [message, close, { type: 'archive' }] },
  { inbox: 'plain', name: 'not_contacted', how_many: 4, events: [close] },
];

const near = (): Life[] => [
  { inbox: 'near', name: 'new', how_many: 10, events: [message] },
  { inbox: 'near', name: 'in_flow', how_many: 10, events: [flow] },
  { inbox: 'near', name: 'resolved', how_many: 10, events: [message, reply, close] },
  { inbox: 'plain', name: 'snoozed', how_many: 10, events: [message, reply, snooze(NEAR_S)] },
  { inbox: 'archiving_near', name: 'closed', how_many: 10, events: [message, close] },
];

async function record(dir: string): Promise<number> {
  const service = await start(['npm', 'start'], { DATA_DIR: dir }, '╰', path.resolve(values.tree));
  const client = new Client(service.row('API'), service.row('API key'));
  for (const [inbox, settings] of Object.entries(INBOXES))
    await asked(client, 'PUT', `/v1/inboxes/${inbox}`, { settings });
  await lived(client, FAR);
  for (let i = 0; i < LONG; i++) await happens(client, 'plain', 'continued', `m${i}`, message);
  await lived(client, near());
  await service.stop();
  const waiting = await leaveWaiting(dir);
  await shorten(dir);
  return keepFolder(dir, { recorded_at: new Date().toISOString(), waiting });
}

async function lived(client: Client, lives: Life[]): Promise<void> {
  const all = lives.flatMap((life) => Array.from({ length: life.how_many }, (_, i) => ({ ...life, i })));
  await eachOf(all, AT_ONCE, async ({ inbox, name, events, i }) => {
    for (const [n, event] of events.entries())
      await happens(client, inbox, `${name}-${i}`, `${name}-${i}-${n}`, event);
  });
}

async function happens(client: Client, inbox: string, conversation: string, id: string, event: Happening) {
  const place = `/v1/inboxes/${inbox}/conversations/${conversation}/events`;
  await asked(client, 'POST', place, { id, ...event }, { prefer: 'wait=10' });
}

async function asked(
  client: Client,
  method: string,
  place: string,
  body: object,
  headers?: Record<string, string>,
) {
  const answer = await client.request(method, place, { body, headers });
  if (answer.status === 202 || (answer.status >= 300 && answer.status !== REFUSED))
    throw new Error(`${place}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Hands events to Temporal as an API does whose worker is away. */
async function leaveWaiting(dir: string): Promise<Record<string, string[]>> {
  const folder = openDataFolder(dir);
  const cacheDir = path.join(repository, '.cache');
  const keywords = Object.values(SEARCH_ATTRIBUTES);
  const server = await startTemporal({ folder, logger, cacheDir, namespace: 'default', keywords });
  const connection = await Connection.connect({ address: server.address });
  const { workflow } = new Temporal({ connection });
  if (!(await isContinued(workflow))) throw new Error('no second run has begun: more messages are needed');
  const waiting: Record<string, string[]> = {};
  const give = async (inbox: string, conversation: string, ...events: Happening[]) => {
    const key = { account, inbox, conversation };
    const ids = events.map((_, n) => `waits-${conversation}-${n}`);
    for (const [n, { type, ...event }] of events.entries())
      await workflow.signalWithStart('conversation', {
        ...{ workflowId: workflowId(key), taskQueue: TASK_QUEUE, args: [key], signal: type },
        signalArgs: [{ id: ids[n], type, ...event }],
      });
    waiting[`${inbox}/${conversation}`] = ids;
  };
  for (const { inbox, name } of FAR.filter((life) => life.inbox === 'far'))
    for (let i = 0; i < 10; i++)
      await give(inbox, `${name}-${i}`, message, { type: 'tag_add', tags: ['late'] }, { type: 'mark_read' });
  for (let i = 0; i < 4; i++) await give('plain', `rested-${i}`, { type: 'reopen', agent: 'ana' });
  for (let i = 0; i < 4; i++) await give('plain', `stranger-${i}`, message, reply);
  await give('plain', 'continued', reply);
  await connection.close();
  await server.stop();
  folder.close();
  return waiting;
}

async function isContinued(workflow: Temporal['workflow']): Promise<boolean> {
  const id = workflowId({ account, inbox: 'plain', conversation: 'continued' });
  const { events } = await workflow.getHandle(id).fetchHistory();
  return Boolean(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId);
}

/** Without the logs that PostgreSQL would use again. */
async function shorten(dir: string): Promise<void> {
  const folder = openDataFolder(dir);
  const server = await startPostgres({
    ...{ folder, logger },
    settings: { wal_recycle: 'off', min_wal_size: '32MB' },
  });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (let i = 0; i < 2; i++) {
    await client.query('SELECT pg_switch_wal()');
    await client.query('CHECKPOINT');
  }
  await client.end();
  await server.stop();
  folder.close();
}

async function main(): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'conversation-status-recorded-'));
  try {
    console.log(`${Math.round((await record(dir)) / 1_000)} kB`);
  } finally {
    await cleanUp();
    if (process.env.KEEP_FAULTS === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

void main();
