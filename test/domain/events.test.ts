/** The events' shapes: fields, defaults, limits, and how wrong ones are reported. */
import fc from 'fast-check';
import { z } from 'zod';
import { eventSchema } from '../../src/domain/any-event';
import {
  causedBy,
  EVENT_TYPES,
  eventSchemas,
  saidAt,
  TIMER_EVENTS,
  untilProblem,
  type EventType,
} from '../../src/domain/events';
import { objectId, timestamp } from '../../src/domain/text';
import { DAY, NOW } from './given';
import { wrongFields } from './wrong-fields';

/** The fields that each event must have. */
const LEAST: Record<EventType, Record<string, unknown>> = {
  message: {},
  agent_reply: { agent: 'ana' },
  automatic_message: {},
  flow_start: { flow: 'welcome', execution: 'x1' },
  flow_end: { execution: 'x1' },
  close: { agent: 'ana' },
  csat_answer: { score: 3 },
  csat_comment: { comment: 'quick' },
  survey_failed: { reason: '131026' },
  reopen: { agent: 'ana' },
  assign: { agent: 'ana' },
  mark_read: {},
  mark_unread: {},
  tag_add: { tags: ['refund'] },
  tag_remove: { tags: ['refund'] },
  archive: {},
  unarchive: {},
  snooze: { until: '2026-03-02T09:30:00Z' },
  unsnooze: {},
  block: {},
  unblock: {},
  opt_out: {},
  opt_in: {},
};
/** The defaults that are filled in. */
const DEFAULTS: Partial<Record<EventType, object>> = {
  message: { kind: 'text' },
  automatic_message: { answers: false },
  flow_start: { source: 'flow', has_priority: false },
  flow_end: { outcome: 'completed' },
  close: { skip_survey: false },
};

const body = (type: string, fields: object = {}) => ({
  id: 'e_1',
  type,
  ...LEAST[type as EventType],
  ...fields,
});
const wrong = (type: string, fields: object) => wrongFields(eventSchema, body(type, fields));

test('the events are those of the page', () => {
  expect(EVENT_TYPES).toEqual(Object.keys(LEAST));
});

describe.each(EVENT_TYPES)('%s', (type) => {
  test('is accepted with only its required fields, and the defaults are filled in', () => {
    expect(eventSchema.parse(body(type))).toEqual({ ...body(type), ...DEFAULTS[type] });
    expect(eventSchemas[type]().parse(body(type))).toEqual(eventSchema.parse(body(type)));
  });

  test('needs an id of 1–128 characters', () => {
    expect(wrong(type, { id: 'a'.repeat(128) })).toEqual([]);
    for (const id of [undefined, null, 1, '', 'a'.repeat(129)]) expect(wrong(type, { id })).toEqual(['id']);
  });

  test('may have the time when it occurred, in RFC 3339', () => {
    expect(wrong(type, { occurred_at: '2026-03-01T09:30:00.123+02:00' })).toEqual([]);
    for (const occurred_at of ['yesterday', '2026-03-01', '2026-03-01T09:30:00', 1772357400, null, '']) {
      expect(wrong(type, { occurred_at })).toEqual(['occurred_at']);
    }
  });

  const takesBy = type !== 'message';
  test(takesBy ? 'may name who or what caused it' : 'names nobody who caused it', () => {
    expect(wrong(type, { by: 'a'.repeat(128) })).toEqual(takesBy ? [] : ['by']);
    for (const by of ['', 'a'.repeat(129), null, 1, {}]) expect(wrong(type, { by })).toEqual(['by']);
  });

  test('is refused with an unknown field, which is named', () => {
    expect(wrong(type, { colour: 'red' })).toEqual(['colour']);
  });
});

const NEEDED = EVENT_TYPES.filter((type) => type !== 'assign').flatMap((type) =>
  Object.keys(LEAST[type]).map((field) => ({ type, field })),
);

/** The agent's name may be unknown. */
const MAY_BE_NULL = ['agent_reply.agent', 'close.agent'];

test.each(NEEDED)('$type needs $field', ({ type, field }) => {
  const nameless = MAY_BE_NULL.includes(`${type}.${field}`);
  for (const value of [undefined, { a: 1 }]) expect(wrong(type, { [field]: value })).toEqual([field]);
  expect(wrong(type, { [field]: null })).toEqual(nameless ? [] : [field]);
});

test.each([
  '',
  'Message',
  'auto_close_due',
  'settings_changed',
  'constructor',
  '__proto__',
  null,
  undefined,
  1,
])('an unknown type, %p, is named', (type) => {
  expect(wrongFields(eventSchema, { id: 'e_1', type })).toEqual(['type']);
});

test.each([null, undefined, 1, 'message', [], [{}]])('%p is no event', (value) => {
  expect(eventSchema.safeParse(value).success).toBe(false);
});

test("ids that start with @ are the service's own", () => {
  expect(wrong('message', { id: '@timer' })).toEqual(['id']);
  expect(wrong('message', { id: 'a@b' })).toEqual([]);
});

test("each timer acts by an event of the service's own", () => {
  expect(TIMER_EVENTS).toEqual({
    auto_close: 'auto_close_due',
    csat_timeout: 'csat_timeout',
    auto_archive: 'auto_archive_due',
    flow_timeout: 'flow_timeout',
    snooze: 'snooze_over',
  });
});

describe('choices', () => {
  test.each([
    ['message', 'kind', ['text', 'media', 'interactive', 'reaction', 'courtesy']],
    ['message', 'rating', [1, 2, 3, 4, 5]],
    ['automatic_message', 'answers', [true, false]],
    ['flow_start', 'source', ['flow', 'broadcast', 'inbound']],
    ['flow_start', 'has_priority', [true, false]],
    ['flow_end', 'outcome', ['completed', 'cancelled', 'failed', 'expired']],
    ['close', 'skip_survey', [true, false]],
    ['csat_answer', 'score', [1, 2, 3, 4, 5]],
  ])('of %s: %s is one of %j', (type, field, values) => {
    for (const value of values) expect(wrong(type, { [field]: value })).toEqual([]);
    for (const value of [0, 6, 1.5, 'x', '3', 'true', null])
      expect(wrong(type, { [field]: value })).toEqual([field]);
  });
});

/** The texts of an event, with the greatest length of each. */
const TEXTS: [EventType, string, number][] = [
  ['message', 'id', 128],
  ['agent_reply', 'agent', 128],
  ['flow_start', 'flow', 128],
  ['flow_start', 'execution', 128],
  ['flow_end', 'execution', 128],
  ['close', 'agent', 128],
  ['close', 'reason', 1000],
  ['csat_answer', 'survey', 128],
  ['csat_answer', 'comment', 1000],
  ['csat_comment', 'survey', 128],
  ['csat_comment', 'comment', 1000],
  ['survey_failed', 'survey', 128],
  ['survey_failed', 'reason', 200],
  ['automatic_message', 'by', 128],
  ['reopen', 'agent', 128],
  ['assign', 'team', 128],
  ['assign', 'agent', 128],
];

describe.each(TEXTS)('the text %s.%s', (type, field, max) => {
  test(`is at most ${max} characters, in any script`, () => {
    for (const a of ['a', 'é', '語', '😀']) {
      for (const n of [1, max]) expect(wrong(type, { [field]: a.repeat(n) })).toEqual([]);
      expect(wrong(type, { [field]: a.repeat(max + 1) })).toEqual([field]);
    }
  });

  test.each([
    ['NUL', 'a\0b'],
    ['a lone high surrogate', 'a\ud83d'],
    ['a lone low surrogate', '\ude00b'],
  ])('refuses %s', (_, text) => {
    expect(wrong(type, { [field]: text })).toEqual([field]);
  });
});

test('the comment of an answer may be empty; names, ids and a comment by itself may not', () => {
  expect(wrong('csat_answer', { comment: '' })).toEqual([]);
  for (const [type, field] of TEXTS.filter((text) => `${text[0]}.${text[1]}` !== 'csat_answer.comment')) {
    expect(wrong(type, { [field]: '' })).toEqual([field]);
  }
});

describe.each(['tag_add', 'tag_remove', 'flow_end'])('the tags of %s', (type) => {
  const names = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`);

  test('are 1–20 names', () => {
    for (const n of [1, 20]) expect(wrong(type, { tags: names(n) })).toEqual([]);
    for (const tags of [[], names(21), 'vip', {}, null]) expect(wrong(type, { tags })).toEqual(['tags']);
  });

  test('of 1–64 characters; the wrong one is named by its place', () => {
    expect(wrong(type, { tags: ['a', 'a'.repeat(64), '😀'.repeat(64)] })).toEqual([]);
    for (const bad of ['', 'a'.repeat(65), 'a\0', '\ud800', 1, null]) {
      expect(wrong(type, { tags: ['vip', bad] })).toEqual(['tags.1']);
    }
  });
});

describe('whom to assign', () => {
  test.each([{ team: 'a' }, { agent: 'a' }, { team: null }, { agent: null }, { team: 'a', agent: null }])(
    '%j is taken',
    (part) => {
      expect(wrongFields(eventSchema, { id: 'e_1', type: 'assign', ...part })).toEqual([]);
      expect(wrong('flow_end', { assign: part })).toEqual([]);
    },
  );

  test('at least one part', () => {
    expect(wrongFields(eventSchema, { id: 'e_1', type: 'assign' })).toEqual(['team']);
    expect(wrong('flow_end', { assign: {} })).toEqual(['assign.team']);
  });

  test('is refused otherwise, by name', () => {
    expect(wrong('assign', { team: 1 })).toEqual(['team']);
    expect(wrong('flow_end', { assign: { agent: '' } })).toEqual(['assign.agent']);
    expect(wrong('flow_end', { assign: { agent: 'a', role: 'b' } })).toEqual(['assign.role']);
    expect(wrong('flow_end', { assign: null })).toEqual(['assign']);
  });
});

describe('who caused it', () => {
  const by = (type: EventType, fields: object = {}) => causedBy(eventSchema.parse(body(type, fields)));

  test('is by, or the agent whose act it is', () => {
    for (const type of ['agent_reply', 'close', 'reopen'] as const) {
      expect(by(type)).toBe('ana');
      expect(by(type, { by: 'the phone' })).toBe('the phone');
    }
    expect(by('close', { agent: null })).toBeNull();
    expect(by('tag_add', { by: 'the sorter' })).toBe('the sorter');
  });

  test('is not whom it is assigned to', () => {
    expect(by('assign', { agent: 'ben' })).toBeNull();
    expect(by('assign', { agent: 'ben', by: 'ana' })).toBe('ana');
  });

  test("is nobody where the service's own timers act", () => {
    expect(causedBy({ type: 'snooze_over' })).toBeNull();
  });
});

describe("a message's own time", () => {
  const own = (ago: number) =>
    saidAt({ id: 'e_1', type: 'message', kind: 'text', occurred_at: new Date(NOW - ago).toISOString() }, NOW);

  test('is when it occurred, at most now and at least seven days ago', () => {
    for (const ago of [0, 1, 5 * 3600 * 1000, 7 * DAY]) expect(own(ago)).toBe(NOW - ago);
    for (const ago of [-1, -DAY]) expect(own(ago)).toBe(NOW);
    for (const ago of [7 * DAY + 1, 400 * DAY]) expect(own(ago)).toBe(NOW - 7 * DAY);
  });

  test('is its arrival where it does not say', () => {
    expect(saidAt({ id: 'e_1', type: 'message', kind: 'text' }, NOW)).toBe(NOW);
  });
});

describe("a snooze's until", () => {
  const problem = (at: number) => untilProblem(new Date(at).toISOString(), NOW);

  test('is in the future', () => {
    expect(problem(NOW + 1)).toBeNull();
    for (const at of [NOW, NOW - 1, 0]) expect(problem(at)).toMatch(/future/);
  });

  test('is at most a year ahead', () => {
    for (const days of [365, 366]) expect(problem(NOW + days * DAY)).toBeNull();
    expect(problem(NOW + 366 * DAY + 1)).toMatch(/year/);
  });

  test('that the schema accepts is a time that the clock can read', () => {
    const { pattern } = z.toJSONSchema(timestamp());

    fc.assert(
      fc.property(fc.stringMatching(new RegExp(pattern ?? '')), (until) =>
        Number.isInteger(Date.parse(until)),
      ),
    );
  });
});

describe('the id of an account, inbox or conversation', () => {
  test.each(['c', 'A-Za.z_0:9', 'x'.repeat(64)])('%s is taken', (id) => {
    expect(objectId().safeParse(id).success).toBe(true);
  });

  test.each(['', 'x'.repeat(65), 'a b', 'a/b', 'ä', '+49 151', 'a\n', '\n', 'a\0', null, 1])(
    '%j is refused',
    (id) => {
      expect(objectId().safeParse(id).success).toBe(false);
    },
  );
});
