/**
 * Random lives of a conversation: events of every type, timers, new settings, and a clock that sometimes goes
 * back.
 */
import fc from 'fast-check';
import { notContacted, TIMERS, type Conversation } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import type { Decision } from '../../src/domain/decision';
import { eventSchema } from '../../src/domain/any-event';
import { TIMER_EVENTS, type AnyEvent, type Event, type EventType } from '../../src/domain/events';
import { settingsSchema, type Settings } from '../../src/domain/settings';
import { DAY, frozen, HOUR, NOW } from './given';

const of = fc.constantFrom;
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const agent = of('ana', 'ben', 'cleo');
const team = of('sales', 'support');
const tags = fc.uniqueArray(of('vip', 'refund', 'hot', 'spam'), { minLength: 1, maxLength: 3 });
const execution = fc.integer({ min: 1, max: 40 }).map((n) => `x${n % 24}`);
const by = maybe(of('the sorter', 'ana'));
const reason = maybe(of('paid', 'spam'));

const survey = of(undefined, undefined, 'c_1.1', 'c_1.2', 'c_1.3', 'c_1.99');

/** The fields of each event. There are few names, so that the same ones come again. */
const FIELDS: { [T in EventType]: Record<string, fc.Arbitrary<unknown>> } = {
  message: {
    kind: of('text', 'text', 'media', 'interactive', 'reaction', 'courtesy'),
    rating: of(undefined, undefined, undefined, 5, 2),
    occurred_at: maybe(
      fc.integer({ min: -9 * DAY, max: DAY }).map((off) => new Date(NOW + off).toISOString()),
    ),
  },
  agent_reply: { agent: of('ana', 'ben', 'cleo', null), by },
  automatic_message: { answers: fc.boolean() },
  flow_start: {
    flow: of('welcome', 'sale'),
    execution,
    source: of('flow', 'broadcast', 'inbound'),
    has_priority: fc.boolean(),
  },
  flow_end: {
    execution,
    outcome: of('completed', 'cancelled', 'failed', 'expired'),
    assign: maybe(of({ team: 'sales' }, { agent: 'ana' }, { team: null, agent: 'ben' })),
    tags: maybe(tags),
  },
  close: { agent: of('ana', 'ben', null), reason, skip_survey: fc.boolean() },
  csat_answer: { score: fc.integer({ min: 1, max: 5 }), survey, comment: maybe(of('', 'fine')) },
  csat_comment: { comment: of('quick', 'slow'), survey: maybe(survey) },
  survey_failed: { reason: of('131026', 'outside_window'), survey },
  reopen: { agent },
  assign: { team: fc.option(team), agent: maybe(fc.option(agent)) },
  mark_read: {},
  mark_unread: {},
  tag_add: { tags },
  tag_remove: { tags },
  archive: {},
  unarchive: {},
  snooze: { until: fc.integer({ min: 1, max: 5 * DAY }).map((ahead) => new Date(NOW + ahead).toISOString()) },
  unsnooze: {},
  block: {},
  unblock: {},
  opt_out: {},
  opt_in: {},
};

/**
 * How likely a type is, compared with 1 for the others. Types that change the status, and types that are
 * seldom valid, come more often.
 */
const LIKELY: Record<string, number> = {
  message: 2,
  agent_reply: 2,
  flow_start: 4,
  flow_end: 3,
  close: 3,
  csat_answer: 5,
  csat_comment: 10,
  unsnooze: 2,
  block: 0.3,
};

export const event = fc
  .oneof(
    ...Object.entries(FIELDS).map(([type, fields]) => ({
      weight: 10 * (LIKELY[type] ?? 1),
      arbitrary: fc.record({ type: of(type), ...fields }),
    })),
  )
  .map((fields) => eventSchema.parse({ id: 'e_1', ...fields }));

const seconds = (...values: number[]) => of(...values, null);
export const settings = fc
  .record({
    csat: fc.record({
      enabled: of(true, true, false),
      timeout_seconds: seconds(60, 86_400),
      late_answer_seconds: seconds(60, 1_209_600),
      on_auto_close: fc.boolean(),
      pause_seconds: seconds(0, 0, 3600),
      skip_tags: of([], [], ['spam']),
    }),
    auto_close: fc.record({
      after_seconds: seconds(60, 86_400),
      basis: of('last_activity', 'customer_silence'),
    }),
    auto_archive: fc.record({ after_seconds: seconds(0, 3600) }),
    flows: fc.record({
      timeout_seconds: seconds(60, 86_400),
      allow_not_contacted: fc.boolean(),
      end_status: of('closed', 'new'),
    }),
    reopen_window_seconds: seconds(0, 3600),
    customer_window_seconds: seconds(60, 86_400),
    assign_on_reply: fc.boolean(),
    assignee_on_resume: of('keep', 'clear'),
  })
  .map((s) => settingsSchema.parse(s));

/** One step of a life, `wait` ms after the one before. */
type Happening = { wait: number } & (
  | { what: 'event'; event: Event }
  | { what: 'settings'; settings: Settings }
  /** the armed timer, at its deadline or beside it */
  | { what: 'due'; off: number }
  /** any timer, armed or not */
  | { what: 'stray'; timer: (typeof TIMERS)[number] }
);

const wait = of(0, 1, 1000, 60_000, HOUR, DAY, 20 * DAY, -1, -HOUR);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ wait, what: of('event' as const), event }) },
  { weight: 4, arbitrary: fc.record({ wait, what: of('due' as const), off: of(0, 0, 1, -1, DAY) }) },
  { weight: 1, arbitrary: fc.record({ wait, what: of('stray' as const), timer: of(...TIMERS) }) },
  { weight: 1, arbitrary: fc.record({ wait, what: of('settings' as const), settings }) },
);

/** A life: the inbox's first settings, and the steps. */
export interface Life {
  settings: Settings;
  happenings: Happening[];
}
export const life: fc.Arbitrary<Life> = fc.record({
  settings,
  happenings: fc.array(happening, { maxLength: 40, size: 'max' }),
});

/** One decision of a life. */
export interface Step {
  before: Conversation;
  event: AnyEvent;
  settings: Settings;
  now: number;
  decision: Decision;
  after: Conversation;
}

/**
 * Decides all steps of a life. `between` is applied to the state between two decisions; `clock` says what
 * time it is, from the last time and the next.
 */
export function live(
  { settings: first, happenings }: Life,
  between = (c: Conversation) => c,
  clock = (_: number, next: number) => next,
): Step[] {
  let [settings, now] = [first, NOW];
  let before: Conversation = notContacted('c_1', now);
  return happenings.map((h, n) => {
    if (h.what === 'settings') settings = h.settings;
    now = clock(now, h.what === 'due' && before.next ? before.next.due_at + h.off : now + h.wait);
    const event = eventOf(h, `e_${n}`, before);
    const decision = decide(frozen(before), frozen(event), frozen(settings), now);
    const step = { before, event, settings, now, decision, after: decision.state };
    before = between(decision.state);
    return step;
  });
}

/** A `flow_end` usually names the execution that runs. */
function meeting(e: Event, c: Conversation): Event {
  const ends = e.type === 'flow_end' && c.status === 'in_flow' && Number(e.execution.slice(1)) > 3;
  return ends ? { ...e, execution: c.flow.execution } : e;
}

function eventOf(h: Happening, id: string, before: Conversation): AnyEvent {
  const { next } = before;
  switch (h.what) {
    case 'event':
      return { ...meeting(h.event, before), id };
    case 'settings':
      return { id: `@${id}`, type: 'settings_changed', settings: h.settings, settings_version: 2 };
    case 'due':
      return { id: `@${id}`, type: TIMER_EVENTS[next?.timer ?? 'snooze'], due_at: next?.due_at ?? 0 };
    case 'stray':
      return { id: `@${id}`, type: TIMER_EVENTS[h.timer], due_at: next?.due_at ?? 0 };
  }
}
