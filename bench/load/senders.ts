import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { createHash } from 'node:crypto';
import { Client as PgClient } from 'pg';
import { COUNTING_QUEUE, COUNTING_WORKFLOW } from '../bare';
import { HttpClient } from './http';
import { now, type Job } from './job';

/** Sends the n-th request and resolves when it is answered. */
export interface Sender {
  /** events in a request */
  each: number;
  send(n: number): Promise<void>;
  /** by event id, when it was written; the listener fills it */
  written: Record<string, number>;
  close(): Promise<void>;
}

export function eventIdOf({ name }: Job, n: number): string {
  return `${name.run}-${n}`;
}

export function conversationOf({ name, conversations }: Job, n: number): string {
  return `${name.of}${n % conversations}`;
}

export async function senderOf(job: Job): Promise<Sender> {
  const { target } = job;
  if (target.kind === 'http') return httpSender(job, target);
  if (target.kind === 'post') return postSender(target);
  const connection = await Connection.connect({ address: target.address });
  const client = new Client({ connection, namespace: target.namespace });
  const send = { signal, update, 'update-with-start': updateWithStart, query }[target.kind];
  return { send: (n) => send(client, job, n), written: {}, each: 1, close: () => connection.close() };
}

/** Posts the same text each time, to a server that does nothing with it. */
function postSender({ url, body }: Extract<Job['target'], { kind: 'post' }>): Sender {
  const http = new HttpClient(url, {});
  const { pathname } = new URL(url);
  return {
    ...{ written: {}, each: 1 },
    async send() {
      const { status } = await http.post(pathname, body);
      if (status >= 300) throw new Error(String(status));
    },
    close() {
      http.close();
      return Promise.resolve();
    },
  };
}

async function signal(client: Client, job: Job, n: number): Promise<void> {
  await client.workflow.signalWithStart(COUNTING_WORKFLOW, {
    workflowId: conversationOf(job, n),
    taskQueue: COUNTING_QUEUE,
    signal: 'count',
    signalArgs: [{ id: eventIdOf(job, n), type: 'message', kind: 'text' }],
  });
}

async function updateWithStart(client: Client, job: Job, n: number): Promise<void> {
  const start = new WithStartWorkflowOperation(COUNTING_WORKFLOW, {
    workflowId: conversationOf(job, n),
    taskQueue: COUNTING_QUEUE,
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  await client.workflow.executeUpdateWithStart('add', {
    startWorkflowOperation: start,
    args: [{ id: eventIdOf(job, n), type: 'message', kind: 'text' }],
  });
}

/** An update of a workflow that runs already. */
async function update(client: Client, job: Job, n: number): Promise<void> {
  const handle = client.workflow.getHandle(conversationOf(job, n));
  await handle.executeUpdate('add', { args: [{ id: eventIdOf(job, n), type: 'message', kind: 'text' }] });
}

async function query(client: Client, { target }: Job, n: number): Promise<void> {
  const ids = target.kind === 'query' ? target.workflowIds : [];
  await client.workflow.getHandle(ids[n % ids.length] ?? '').query('conversation');
}

async function httpSender(job: Job, target: Extract<Job['target'], { kind: 'http' }>): Promise<Sender> {
  const { urls, key, inbox, wait, sends, databaseUrl, batch } = target;
  const prefer: Record<string, string> = wait ? { Prefer: 'wait=10' } : {};
  const clients = urls.map((url) => new HttpClient(url, { Authorization: `Bearer ${key}`, ...prefer }));
  const expected = wait ? 200 : 202;
  const ears = databaseUrl === undefined ? null : await listen(inbox, databaseUrl);
  return {
    written: ears?.written ?? {},
    each: batch ?? 1,
    async send(n) {
      const http = clients[n % clients.length];
      if (!http) throw new Error('no API to send to');
      if (batch !== undefined) return sendBatch(http, job, inbox, n * batch, batch);
      const id = eventIdOf(job, n);
      const conversation = conversationOf(job, n);
      ears?.expect(id, conversation);
      const fields =
        sends === 'closes and reopens' ? closeOrReopen(job, n) : { type: 'message', kind: 'text' };
      const body = JSON.stringify({ id, ...fields });
      const answer = await http.post(`/v1/inboxes/${inbox}/conversations/${conversation}/events`, body);
      if (answer.status !== expected) throw new Error(`${answer.status}: ${answer.body.toString()}`);
    },
    async close() {
      for (const http of clients) http.close();
      await ears?.close();
    },
  };
}

async function sendBatch(
  http: HttpClient,
  job: Job,
  inbox: string,
  first: number,
  count: number,
): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => ({
    conversation: conversationOf(job, first + i),
    event: { id: eventIdOf(job, first + i), type: 'message', kind: 'text' },
  }));
  const { status, body } = await http.post(`/v1/inboxes/${inbox}/events`, JSON.stringify(events));
  if (status !== 200) throw new Error(`${status}: ${body.toString()}`);
  const results = JSON.parse(body.toString()) as { status: number; body: unknown }[];
  const failed = results.find((result) => result.status !== 202);
  if (failed) throw new Error(`${failed.status}: ${JSON.stringify(failed.body)}`);
}

/** Each conversation is closed and reopened in turn. */
function closeOrReopen({ conversations }: Job, n: number): object {
  return { type: Math.floor(n / conversations) % 2 === 0 ? 'close' : 'reopen', agent: 'ana' };
}

/** Learns when each event's row is committed, from the notification that the write sends. */
async function listen(inbox: string, databaseUrl: string) {
  const written: Record<string, number> = {};
  const expected = new Map<string, string>();
  const pg = new PgClient({ connectionString: databaseUrl });
  await pg.connect();
  pg.on('notification', ({ payload = '' }) => {
    const at = now();
    for (const token of payload.split(',')) {
      const id = expected.get(token);
      if (id !== undefined) written[id] = at;
    }
  });
  await pg.query('LISTEN decided');
  const expect = (id: string, conversation: string) => {
    const name = `default/${inbox}/${conversation}/${id}`;
    expected.set(createHash('md5').update(name).digest('hex').slice(0, 12), id);
  };
  return { written, expect, close: () => pg.end() };
}
