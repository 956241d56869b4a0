/** Random stories of a conversation: the settings of its inbox, and what happens to it and when. */
import fc from 'fast-check';
import type { z } from 'zod';
import { EVENT_TYPES, type eventSchemas, type EventType } from '../../../src/domain/events';
import type { InboxSettings } from '../support/service';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How late a busy machine may be; the clock jumps by more than that. */
export const TOLERANCE = 2 * MINUTE;
/** The least time between an event and a deadline. */
const APART = 2.4 * MINUTE;
const MOST_SCENES = 24;

type By = 'signal' | 'update';

/** What happens `wait` milliseconds after the scene before. */
export type Scene = { wait: number } & (
  | { does: 'send'; type: EventType; fields: Record<string, unknown>; by: By }
  /** an id that was sent this many events ago, with any type */
  | { does: 'again'; back: number; type: EventType; by: By }
  | { does: 'poison'; signal: string; payload: unknown }
  | { does: 'settings'; settings: InboxSettings; told: boolean }
);

export interface Story {
  settings: InboxSettings;
  scenes: Scene[];
}

const of = fc.constantFrom;
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const agent = of('ana', 'ben');
const tags = fc.uniqueArray(of('vip', 'refund', 'hot'), { minLength: 1, maxLength: 2 });
const execution = of('x1', 'x2', 'x3', 'x4');
const survey = of(undefined, undefined, '.1', '.2');
const who = of(undefined, undefined, 'the sorter');

type Spoken<T extends EventType> = Omit<
  z.input<ReturnType<(typeof eventSchemas)[T]>>,
  'id' | 'type' | 'occurred_at'
>;
type FieldsOf<T extends EventType> = { [F in keyof Spoken<T>]: fc.Arbitrary<Spoken<T>[F] | undefined> };

/**
 * Few names, so that they come again. `until` is milliseconds after the scene, and becomes a time when it is
 * played.
 */
const FIELDS: { [T in EventType]: FieldsOf<T> } = {
  message: {
    kind: of(undefined, undefined, undefined, 'media', 'reaction', 'courtesy'),
    rating: of(undefined, undefined, undefined, 4),
  },
  agent_reply: { agent: of('ana', 'ben', null), by: who },
  automatic_message: { answers: maybe(fc.boolean()), by: who },
  flow_start: {
    flow: of('welcome'),
    execution,
    source: of(undefined, 'broadcast', 'inbound'),
    has_priority: maybe(fc.boolean()),
    by: who,
  },
  flow_end: {
    execution,
    outcome: of(undefined, 'cancelled', 'failed', 'expired'),
    assign: of(undefined, undefined, { team: 'sales' }, { team: null, agent: 'ben' }),
    tags: maybe(tags),
    by: who,
  },
  close: {
    agent: of('ana', 'ben', null),
    reason: of(undefined, 'solved'),
    skip_survey: of(undefined, undefined, true),
    by: who,
  },
  csat_answer: { score: of(1, 5), survey, comment: of(undefined, 'fine'), by: who },
  csat_comment: { comment: of('quick'), survey, by: who },
  survey_failed: { reason: of('131026'), survey, by: who },
  reopen: { agent, by: who },
  assign: { team: of('sales', null), agent: of(undefined, 'ana', null), by: who },
  mark_read: { by: who },
  mark_unread: { by: who },
  tag_add: { tags, by: who },
  tag_remove: { tags, by: who },
  archive: { by: who },
  unarchive: { by: who },
  snooze: { until: of(HOUR, DAY, -HOUR).map(String), by: who },
  unsnooze: { by: who },
  block: { by: who },
  unblock: { by: who },
  opt_out: { by: who },
  opt_in: { by: who },
};

/** Events that change a status come more often. */
const type: fc.Arbitrary<EventType> = of(
  ...EVENT_TYPES,
  ...([
    'message',
    'message',
    'agent_reply',
    'flow_start',
    'flow_end',
    'close',
    'close',
    'csat_answer',
    'unblock',
    'opt_in',
  ] as const),
);

const seconds = (...values: number[]) => of(null, ...values.map((ms) => ms / 1000));
const settings: fc.Arbitrary<InboxSettings> = fc.record(
  {
    csat: fc.record({
      enabled: of(true, true, false),
      timeout_seconds: seconds(HOUR, DAY),
      late_answer_seconds: seconds(HOUR, DAY),
      on_auto_close: fc.boolean(),
      pause_seconds: seconds(0, 0, HOUR),
      skip_tags: of([], [], ['hot']),
    }),
    auto_close: fc.record({
      after_seconds: seconds(HOUR, DAY),
      basis: of('last_activity', 'customer_silence'),
    }),
    auto_archive: fc.record({ after_seconds: seconds(0, HOUR, DAY) }),
    flows: fc.record({
      timeout_seconds: seconds(HOUR, DAY),
      allow_not_contacted: fc.boolean(),
      end_status: of('closed', 'new'),
    }),
    reopen_window_seconds: seconds(0, HOUR),
    customer_window_seconds: seconds(HOUR, DAY),
    assign_on_reply: fc.boolean(),
    assignee_on_resume: of('keep', 'clear'),
  },
  { requiredKeys: ['csat'] },
);

/**
 * Deadlines are whole hours away. Waits are a little longer than whole hours, and the sum of these parts
 * stays below an hour, so no event comes at a deadline. The test server cannot handle that: it refuses a task
 * that cancels a timer which fires at that moment, but it has recorded the updates that the task accepts, and
 * then refuses them each time they come again. The real server can: waiting.test.ts.
 */
const wait = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: of(0, HOUR, DAY - HOUR, DAY).map((hours) => hours + APART) },
);

const by = of<By>('signal', 'signal', 'signal', 'update');

const poison = of<[string, unknown]>(
  ['message', null],
  ['message', { id: '' }],
  ['agent_reply', { id: 'p', agent: 'nul\0' }],
  ['snooze', { id: 'p', until: '9999-01-01T00:00:00Z' }],
  ['no_such_signal', { id: 'p' }],
);

const scene: fc.Arbitrary<Scene> = fc.oneof(
  { weight: 16, arbitrary: send() },
  { weight: 2, arbitrary: fc.record({ wait, does: of('again' as const), back: fc.nat(6), type, by }) },
  { weight: 2, arbitrary: fc.record({ wait, does: of('settings' as const), settings, told: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ wait, poison }).map(({ wait: after, poison: [signal, payload] }) => ({
      wait: after,
      does: 'poison' as const,
      signal,
      payload,
    })),
  },
);

function send(): fc.Arbitrary<Scene> {
  return type.chain((is) =>
    fc.record({
      wait,
      does: of('send' as const),
      type: of(is),
      fields: fc.record(FIELDS[is] as Record<string, fc.Arbitrary<unknown>>),
      by,
    }),
  );
}

export const story: fc.Arbitrary<Story> = fc.record({
  settings,
  scenes: fc.array(scene, { minLength: 1, maxLength: MOST_SCENES, size: 'max' }),
});
