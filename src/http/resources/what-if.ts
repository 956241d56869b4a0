import { z } from 'zod';
import type { AccountDatabase } from '../../db/database';
import { findInbox, type InboxRecord } from '../../db/inboxes';
import { countPast, readPast, settingsByVersion, type PastQuery } from '../../db/past';
import { statusesThatMove } from '../../domain/deadlines';
import { STATUSES } from '../../domain/conversation';
import { settingsSchema, type Settings } from '../../domain/settings';
import type { Question } from '../../what-if/messages';
import { WhatIf } from '../../what-if/what-if';
import { ConcurrencyLimit } from '../core/concurrency-limit';
import { LineWriter } from '../core/line-writer';
import { mergePatch } from '../core/merge-patch';
import { operation, type Call, type Operation } from '../core/operation';
import { parse } from '../core/parsing';
import { InvalidRequestError } from '../core/problems';
import { bound, inboxParams, noQuery } from '../core/shapes';
import { settingsPatch } from './inboxes';
import { unknownInbox } from './known-inboxes';
import { progressLine, summaryLine, whatIfLine } from './what-if-lines';

/** Threads at the same time: each keeps a core busy, and the requests need one. The others wait for their turn. */
const AT_ONCE = 2;
const PROGRESS_EVERY_MS = 250;

const body = z.strictObject({
  from: bound.optional().describe('The first moment of the past that is decided again'),
  to: bound
    .optional()
    .describe('The first moment after it; now where absent or later. Without `from`: what would change now'),
  settings: settingsPatch,
  examples: z.int().min(0).max(200).default(20).describe('At most so many of each kind'),
});
type Body = z.output<typeof body>;

export function whatIfOperations(): Operation[] {
  const turns = new ConcurrencyLimit(AT_ONCE);
  const counts = new ConcurrencyLimit(AT_ONCE); // their own, so that those who wait for a turn have their first line
  return [
    operation({
      name: 'ask_what_if',
      method: 'post',
      path: '/v1/inboxes/:inbox/what_if',
      tag: 'What-if',
      summary: 'What other settings would have decided of the past, or would change now',
      description:
        'With `from`: every event since then is decided again, by the same rules, under the settings of its time changed by `settings`. Without `from`: the timers that would move as soon as the settings are saved. Nothing is changed. Lines of progress and of examples, and at the end a summary; without it, it was not all.',
      scope: 'conversations:read',
      params: inboxParams,
      query: noQuery,
      body,
      examples: {
        past: {
          from: '2026-03-01T00:00:00Z',
          to: '2026-04-01T00:00:00Z',
          settings: { auto_close: { after_seconds: 86_400 } },
        },
        now: { settings: { auto_archive: { after_seconds: 604_800 } } },
      },
      answers: { 200: whatIfLine },
      streams: 'application/x-ndjson',
      async handle(call) {
        const { db, params, body: asked } = call;
        const now = Date.now();
        const range = rangeOf(asked, now);
        const inbox = await findInbox(db, params.inbox);
        if (!inbox) throw unknownInbox(params.inbox);
        const question = await questionOf(db, inbox, asked, range, now);
        const query = { inbox: inbox.inbox, range, resting: restingOf(question, inbox) };
        const of = await counts.take(async () => (call.response.closed ? 0 : countPast(db, query)));
        await answer(call, question, query, of, turns);
        return null;
      },
    }),
  ];
}

/** @throws InvalidRequestError */
function rangeOf({ from, to }: Body, now: number): PastQuery['range'] {
  const wrong = (path: string, message: string) => new InvalidRequestError([{ path, message }]);
  if (from === undefined) {
    if (to !== undefined) throw wrong('from', 'is needed with to');
    return null;
  }
  if (Date.parse(from) >= now) throw wrong('from', 'must be in the past');
  if (to !== undefined && from >= to) throw wrong('to', 'must be after from');
  const end = Math.min(now, to === undefined ? now : Date.parse(to));
  return { from, to: new Date(end).toISOString() };
}

async function questionOf(
  db: AccountDatabase,
  inbox: InboxRecord,
  { settings: patch, examples }: Body,
  range: PastQuery['range'],
  now: number,
): Promise<Question> {
  const both = (was: Settings) => ({ was, would: parse(settingsSchema, mergePatch(was, patch)) });
  const current = both(inbox.settings);
  const versions = range
    ? await settingsByVersion(db, inbox)
    : new Map([[inbox.settings_version, inbox.settings]]);
  return {
    range: range && { from: Date.parse(range.from), to: Date.parse(range.to) },
    now,
    settings: [...versions].map(([version, was]) => [version, both(was)]),
    current,
    examples,
  };
}

/**
 * Of conversations at rest only those count whose timer may move; of the present also whose window does, and those that have
 * not been told yet of the settings that hold.
 */
function restingOf({ range, settings, current }: Question, inbox: InboxRecord) {
  const { was, would } = current;
  const isRollingOut = inbox.rolled_out_version < inbox.settings_version;
  const windowMoves = was.customer_window_seconds !== would.customer_window_seconds;
  if (!range && (isRollingOut || windowMoves)) return STATUSES;
  const moving = new Set(settings.flatMap(([, both]) => statusesThatMove(both.was, both.would)));
  return [...moving];
}

async function answer(
  { db, response, stillAllowed }: Call<unknown, unknown, unknown>,
  question: Question,
  query: PastQuery,
  of: number,
  turns: ConcurrencyLimit,
): Promise<void> {
  const writer = new LineWriter(response);
  const began = Date.now();
  const line = (value: object) => writer.write(`${JSON.stringify(value)}\n`);
  let told = Date.now();
  const run = async () => {
    const whatIf = new WhatIf(question);
    try {
      for await (const page of ahead(readPast(db, query))) {
        const { lines, ...done } = await whatIf.take(page);
        for (const found of lines) await line(found);
        if (Date.now() - told < PROGRESS_EVERY_MS) continue;
        told = Date.now();
        await stillAllowed();
        await line(progressLine(done, of));
      }
      const { lines, summary, ...done } = await whatIf.take(null);
      for (const found of lines) await line(found);
      await line(progressLine(done, of));
      if (summary) await line(summaryLine({ query, question, done, summary, took: Date.now() - began }));
      writer.end();
    } finally {
      await whatIf.stop();
    }
  };
  try {
    await line(progressLine({ conversations: 0, decisions: 0 }, of));
    await turns.take(run);
  } catch {
    response.destroy(); // without a summary no reader takes a part for all
  }
}

/** Reads the next page while the last one is counted, never more. */
async function* ahead<T>(pages: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = pages.next();
  try {
    for (let page = await next; !page.done; page = await next) {
      next = pages.next();
      next.catch(() => {}); // the next read throws it
      yield page.value;
    }
  } finally {
    await pages.return(undefined).catch(() => {});
  }
}
