/**
 * Compares what was accepted with what the service holds: timelines, rows, workflows, episodes, surveys,
 * outbox.
 */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryResultRow } from 'pg';
import { fold, type Folded } from '../../../examples/replay/fold';
import type { TimelineEntry } from '../../../clients/typescript/src/index';
import { toConversation } from '../../../src/db/conversations';
import { rowTypes } from '../../../src/db/rows';
import type { ConversationRecord } from '../../../src/domain/record';
import { toRecord } from '../../../src/domain/record';
import type { Settings } from '../../../src/domain/settings';
import { conversationQuery, workflowId, type Rested } from '../../../src/temporal/contract';
import type { Sent } from './load';
import { eachOf, until } from './until';
import { account, type World } from './world';

export interface Audit {
  sent: number;
  accepted: number;
  lost: number;
  duplicated: number;
  out_of_order: number;
  differing: number;
  /** seconds until all accepted events were in the timelines; null if that never was so */
  catch_up: number | null;
  /** the first problems, in words */
  problems: string[];
}

export interface Audited {
  inbox: string;
  settings: Settings;
  sent: readonly Sent[];
  /** how long it may take to catch up */
  withinMs: number;
}

type Entry = TimelineEntry & { conversation: string };
type Named<T> = T & { conversation: string };

interface Stored {
  rows: Map<string, ConversationRecord>;
  timelines: Map<string, Entry[]>;
  episodes: Map<string, Named<{ episode: number }>[]>;
  surveys: Map<string, Named<{ survey: string }>[]>;
  outbox: Map<string, Named<{ seq: number; nth: number; type: string }>[]>;
}

const PROBLEMS_SHOWN = 20;

/** Waits until the service has caught up, then compares everything. */
export async function audit(world: World, { inbox, settings, sent, withinMs }: Audited): Promise<Audit> {
  const accepted = sent.filter((s) => s.accepted);
  const began = Date.now();
  const conversations = [...new Set(sent.map((s) => s.conversation))];
  const isWritten = async () => (await written(world, inbox, conversations)) >= accepted.length;
  const caughtUp = await until(isWritten, withinMs, 250);
  const catch_up = caughtUp ? (Date.now() - began) / 1_000 : null;
  const stored = await read(world, inbox);
  const counted = { lost: 0, duplicated: 0, out_of_order: 0, differing: 0 };
  const problems: string[] = [];
  const note = (kind: keyof typeof counted, found: string[]) => {
    counted[kind] += found.length;
    problems.push(...found.map((what) => `${kind}: ${what}`));
  };
  for (const [conversation, theirs] of grouped(sent)) {
    const ids = (stored.timelines.get(conversation) ?? [])
      .map((e) => e.event)
      .filter((id) => !id.startsWith('@'));
    note('lost', lostOf(theirs, ids));
    note('duplicated', twice(ids));
    note('out_of_order', disorder(theirs, ids));
    note('differing', strangers(theirs, ids));
  }
  for (const conversation of stored.rows.keys()) {
    const told = differencesOf(stored, conversation, { inbox, settings });
    note('differing', told.different);
    note('duplicated', told.twice);
  }
  note('differing', await unlikeWorkflows(world, inbox, stored));
  const refused = sent.filter((s) => !s.accepted).map((s) => `not accepted: ${s.event.id}: ${s.problem}`);
  return {
    ...{ sent: sent.length, accepted: accepted.length, ...counted, catch_up },
    problems: [...problems, ...refused].slice(0, PROBLEMS_SHOWN),
  };
}

export function isClean(a: Audit): boolean {
  return (
    a.lost + a.duplicated + a.out_of_order + a.differing === 0 &&
    a.catch_up !== null &&
    a.accepted === a.sent &&
    a.sent > 0
  );
}

/** The number of callers' events in these timelines. */
async function written({ pool }: World, inbox: string, conversations: string[]): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM timeline WHERE account = $1 AND inbox = $2 AND left(event, 1) <> '@'
       AND conversation = ANY ($3)`,
    [account, inbox, conversations],
  );
  return rows[0]?.n ?? 0;
}

async function read({ pool }: World, inbox: string): Promise<Stored> {
  const all = async <R extends QueryResultRow>(table: string, order: string) => {
    const text = `SELECT * FROM ${table} WHERE account = $1 AND inbox = $2 ORDER BY conversation, ${order}`;
    return (await pool.query<R>({ text, values: [account, inbox], types: rowTypes })).rows;
  };
  const rows = await all<ConversationRecord>('conversations', 'seq');
  return {
    rows: new Map(rows.map((row) => [row.conversation, row])),
    timelines: grouped(await all<Entry>('timeline', 'seq')),
    episodes: grouped(await all<Named<{ episode: number }>>('episodes', 'episode')),
    surveys: grouped(await all<Named<{ survey: string }>>('surveys', 'asked_at')),
    outbox: grouped(await all<Named<{ seq: number; nth: number; type: string }>>('outbox', 'seq, nth')),
  };
}

function lostOf(sent: Sent[], ids: string[]): string[] {
  const there = new Set(ids);
  return sent.filter((s) => s.accepted && !there.has(s.event.id)).map((s) => s.event.id);
}

function twice(ids: string[]): string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.has(id) || !seen.add(id));
}

/** Events that no sender sent. */
function strangers(sent: Sent[], ids: string[]): string[] {
  const known = new Set(sent.map((s) => s.event.id));
  return ids.filter((id) => !known.has(id)).map((id) => `${id} was never sent`);
}

/** Pairs that were decided in the opposite order of sending. */
function disorder(sent: Sent[], ids: string[]): string[] {
  const place = new Map(sent.map((s, i) => [s.event.id, { i, sender: s.sender }]));
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const id of ids) {
    const at = place.get(id);
    if (!at) continue;
    const before = last.get(at.sender) ?? -1;
    if (before > at.i) found.push(`${id} comes after ${sent[before]?.event.id}`);
    last.set(at.sender, Math.max(before, at.i));
  }
  return found;
}

/** Decides the timeline again and compares the result with all that was written. */
function differencesOf(
  stored: Stored,
  conversation: string,
  { inbox, settings }: { inbox: string; settings: Settings },
): { different: string[]; twice: string[] } {
  const row = stored.rows.get(conversation);
  const entries = stored.timelines.get(conversation) ?? [];
  if (!row) return { different: [`${conversation} has no row`], twice: [] };
  if (entries.length === 0) return { different: [], twice: [] };
  const folded = fold({ inbox, conversation, settings, created_at: row.created_at }, entries);
  const record = toConversation(row);
  const ours = expected(folded);
  const theirs = {
    episodes: (stored.episodes.get(conversation) ?? []).map((e) => e.episode),
    surveys: (stored.surveys.get(conversation) ?? []).map((s) => s.survey),
    outbox: (stored.outbox.get(conversation) ?? []).map((o) => `${o.seq}.${o.nth} ${o.type}`),
  };
  const lists = (['episodes', 'surveys', 'outbox'] as const).filter(
    (list) => !isDeepStrictEqual([...ours[list]].sort(), [...theirs[list]].sort()),
  );
  return {
    different: [
      ...folded.differences.map((d) => `${conversation} ${d}`),
      ...unlike(`${conversation}, rules and row`, folded.record, record),
      ...gaps(entries).map((d) => `${conversation} ${d}`),
      ...lists.map((list) => `${conversation}, ${list}: ${ours[list].join()} and ${theirs[list].join()}`),
    ],
    twice: (['episodes', 'surveys', 'outbox'] as const).flatMap((list) => twice(theirs[list].map(String))),
  };
}

function expected({ steps, episodes }: Folded) {
  return {
    episodes: episodes.map((e) => e.episode),
    surveys: [...new Set(steps.flatMap((step) => step.surveys.map((s) => s.survey)))],
    outbox: steps.flatMap(({ entry, effects }) =>
      effects.map(({ type }, nth) => `${entry.seq}.${nth} ${type}`),
    ),
  };
}

function gaps(entries: Entry[]): string[] {
  return entries
    .flatMap(({ seq }, i) => (seq === i + 1 ? [] : [`decision ${i + 1} is numbered ${seq}`]))
    .slice(0, 1);
}

/** Compares every workflow: a running one by a query, a resting one by its result. */
async function unlikeWorkflows(world: World, inbox: string, stored: Stored): Promise<string[]> {
  const found = await eachOf([...stored.rows.keys()], 8, async (conversation) => {
    if (!stored.timelines.has(conversation)) return []; // a contact: nobody has written yet
    return unlikeWorkflow(world, inbox, conversation);
  });
  return found.flat();
}

/** A difference counts only if it stays, because timers go on meanwhile. */
export async function unlikeWorkflow(world: World, inbox: string, conversation: string): Promise<string[]> {
  for (let left = 4; ; left -= 1) {
    const [told, row] = [
      await workflowSays(world, inbox, conversation),
      await rowOf(world, inbox, conversation),
    ];
    const different =
      told && row
        ? unlike(`${conversation}, workflow and row`, told, row)
        : [`${conversation}: ${told ? 'no row' : 'its workflow does not answer'}`];
    if (different.length === 0 || left === 0) return different;
    await sleep(1_000);
  }
}

async function rowOf(
  { pool }: World,
  inbox: string,
  conversation: string,
): Promise<ConversationRecord | null> {
  const { rows } = await pool.query<ConversationRecord>({
    text: 'SELECT * FROM conversations WHERE account = $1 AND inbox = $2 AND conversation = $3',
    values: [account, inbox, conversation],
    types: rowTypes,
  });
  return rows[0] ? toConversation(rows[0]) : null;
}

/** @returns null if it does not answer */
async function workflowSays(
  world: World,
  inbox: string,
  conversation: string,
): Promise<ConversationRecord | null> {
  const handle = world.workflows.workflow.getHandle(workflowId({ account, inbox, conversation }));
  try {
    const { status } = await handle.describe();
    if (status.name === 'COMPLETED') return toRecord(inbox, ((await handle.result()) as Rested).state);
    const ask = () => handle.query(conversationQuery);
    return await world.workflows.withDeadline(Date.now() + 15_000, ask);
  } catch {
    return null;
  }
}

/** The fields in which two of a kind differ. */
function unlike(what: string, ours: object, theirs: object): string[] {
  const [a, b] = [new Map(Object.entries(ours)), new Map(Object.entries(theirs))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((field) => !isDeepStrictEqual(a.get(field), b.get(field)))
    .map((field) => `${what}, ${field}: ${JSON.stringify(a.get(field))} and ${JSON.stringify(b.get(field))}`);
}

function grouped<T extends { conversation: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.conversation);
    if (group) group.push(item);
    else groups.set(item.conversation, [item]);
  }
  return groups;
}
