import { z } from 'zod';
import { countDue, overdueTimers, timersByPart, type DuePart } from '../../db/timers';
import { TIMERS, type Timer } from '../../domain/conversation';
import { objectId, timestamp } from '../../domain/text';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { inboxParams } from '../core/shapes';
import type { Services } from './services';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const HOUR_MS = HOUR * 1000;

/** How far is looked ahead, and in which parts, in seconds. */
const AHEAD = {
  hour: { seconds: HOUR, each: 5 * MINUTE },
  day: { seconds: 24 * HOUR, each: 30 * MINUTE },
  week: { seconds: 168 * HOUR, each: 3 * HOUR },
};
const MOST_OVERDUE = 20;

const query = z.strictObject({
  within: z
    .enum(['hour', 'day', 'week'])
    .default('day')
    .describe('How far to look ahead: an hour in parts of 5 minutes, a day of 30 minutes, a week of 3 hours'),
});

const dueTimer = z.strictObject({
  inbox: objectId(),
  conversation: objectId(),
  timer: z.enum(TIMERS),
  due_at: timestamp(),
});

const timersAnswer = named(
  'Timers',
  z.strictObject({
    inbox: objectId(),
    at: timestamp().describe('The moment of the answer'),
    overdue: z
      .strictObject({ n: z.int(), items: z.array(dueTimer) })
      .describe('Timers that were due before `at` and have not acted; as items the longest overdue'),
    within_an_hour: z.int().describe('Timers that are due in the next hour'),
    parts: z
      .array(
        z.strictObject({
          from: timestamp(),
          to: timestamp(),
          n: z.int(),
          by_timer: z.record(z.enum(TIMERS), z.int()),
        }),
      )
      .describe(
        'How many are due when, none of them overdue; a part begins at a whole multiple of its length',
      ),
  }),
);

export function timerOperations({ inboxes }: Services): Operation[] {
  return [
    operation({
      name: 'read_timers',
      method: 'get',
      path: '/v1/inboxes/:inbox/timers',
      tag: 'Reports',
      summary: 'Which timers are overdue, and how many are due when',
      scope: 'conversations:read',
      params: inboxParams,
      query,
      answers: { 200: timersAnswer },
      async handle({ db, params: { inbox }, query: { within } }) {
        await inboxes.require(db, inbox);
        const at = new Date();
        const { seconds, each } = AHEAD[within];
        const since = new Date(at.getTime() - (at.getTime() % (each * 1000)));
        const n = seconds / each + 1; // the first part has begun already
        const to = new Date(since.getTime() + n * each * 1000);
        const parts = await timersByPart(db, inbox, { from: at, since, to, seconds: each });
        const inAnHour = new Date(at.getTime() + HOUR_MS);
        const body = {
          inbox,
          at: at.toISOString(),
          overdue: await overdueTimers(db, inbox, at, MOST_OVERDUE),
          within_an_hour: await countDue(db, inbox, at, inAnHour),
          parts: Array.from({ length: n }, (_, part) => partOf(part, since, each, parts)),
        };
        return { status: 200, body };
      },
    }),
  ];
}

function partOf(part: number, since: Date, each: number, parts: DuePart[]) {
  const starts = since.getTime() + part * each * 1000;
  const of = (timer: Timer) => parts.find((p) => p.part === part && p.timer === timer)?.n ?? 0;
  const by_timer = Object.fromEntries(TIMERS.map((timer) => [timer, of(timer)])) as Record<Timer, number>;
  return {
    from: new Date(starts).toISOString(),
    to: new Date(starts + each * 1000).toISOString(),
    n: Object.values(by_timer).reduce((sum, count) => sum + count, 0),
    by_timer,
  };
}
