/**
 * A broadcast to everybody in an inbox whom it may reach: `npx tsx examples/broadcast/scheduler.ts --inbox news --name spring`.
 * `--contacts N` makes so many contacts first, to have somebody to write to.
 * Started again with the same name it goes on. A repeated event gets its first answer, so the service cannot tell who has been
 * written to: the journal does, which a real scheduler keeps in its database.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { serviceOf } from '../../cli/service';
import { Client, ProblemError, type AudienceLine } from '../../clients/typescript/src/index';
import { showProgress } from '../replay/progress';

const BATCH = 500;
const CONTACTS = 10_000;
const options = {
  inbox: { type: 'string', default: 'news' },
  name: { type: 'string', default: 'spring' },
  contacts: { type: 'string', default: '0' },
  journal: { type: 'string' },
} as const;
const { inbox, name, contacts, journal } = parseArgs({ options }).values;
const file = journal ?? path.join(tmpdir(), `broadcast-${inbox}-${name}.sent`);
const written = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
const client = new Client({ ...serviceOf({}, process.env), patience_ms: 120_000 });
const params = { path: { inbox } };
const tally = new Map<string, number>();
const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
/** executions that were stopped: their messages must not go out */
const stopped = new Set<string>();

async function main(): Promise<void> {
  const made = await client.PUT('/v1/inboxes/{inbox}', { params, body: { settings: {} } });
  await makeContacts(Number(contacts));
  const { total } = await client.GET('/v1/inboxes/{inbox}/counts', {
    params: { ...params, query: { archived: 'any' } },
  });
  const progress = showProgress(made.inbox, total);
  const over = new AbortController();
  const listening = listen(over.signal);
  const began = Date.now();
  for await (const batch of batchesOf(client.audience(inbox))) {
    await reach(batch);
    for (const _ of batch) progress.step();
  }
  over.abort();
  await listening;
  progress.done();
  for (const [what, n] of tally) console.log(`${what}: ${n}`);
  console.log(`took ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/** The rules are asked again at each start: the customer may have written since the audience was read. */
async function reach(lines: AudienceLine[]): Promise<void> {
  const batch = lines.filter(({ conversation }) => !written.has(conversation));
  const executionOf = (conversation: string) => `${name}-${conversation}`;
  const starts = batch.map(({ conversation }) => {
    const execution = executionOf(conversation);
    return {
      conversation,
      event: { id: execution, type: 'flow_start', flow: name, execution, source: 'broadcast' } as const,
    };
  });
  const outcomes = await client.sendAll(inbox, starts, { wait: 10 });
  const started = batch.filter((line, i) => {
    const outcome = outcomes[i];
    if (outcome instanceof ProblemError || !outcome)
      throw outcome ?? new Error(`no answer for ${line.conversation}`);
    if (outcome.verdict === 'refused') count(`left alone, ${outcome.rule}`);
    return outcome.verdict !== 'refused' && outcome.verdict !== 'ignored';
  });
  for (const line of started) send(line, executionOf(line.conversation));
  appendFileSync(file, started.map(({ conversation }) => `${conversation}\n`).join(''));
  // No answer is expected: the flow ends once the message is out, and the conversation closes again.
  const ends = started.map(({ conversation }) => {
    const execution = executionOf(conversation);
    return { conversation, event: { id: `${execution}-end`, type: 'flow_end', execution } as const };
  });
  await client.sendAll(inbox, ends, { wait: 0 });
}

/** Here the message goes to the channel; outside the customer's window only a template may. */
function send({ window_open }: AudienceLine, execution: string): void {
  if (stopped.has(execution)) count('stopped');
  else count(window_open ? 'sent as text' : 'sent as template');
}

/** An agent who replies, or a flow with priority, ends ours. */
async function listen(signal: AbortSignal): Promise<void> {
  for await (const { change } of client.stream(inbox, { types: ['flow.interrupted'], signal }))
    if (change?.type === 'flow.interrupted') stopped.add(change.data.execution);
}

async function makeContacts(wanted: number): Promise<void> {
  for (let from = 0; from < wanted; from += CONTACTS) {
    const conversations = Array.from(
      { length: Math.min(CONTACTS, wanted - from) },
      (_, i) => `c_${from + i + 1}`,
    );
    await client.POST('/v1/inboxes/{inbox}/contacts', { params, body: { conversations } });
  }
}

async function* batchesOf(lines: AsyncIterable<AudienceLine>): AsyncGenerator<AudienceLine[]> {
  let batch: AudienceLine[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
