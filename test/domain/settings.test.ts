/**
 * The settings of an inbox: defaults, limits, and how wrong ones are
 * reported.
 */
import { DEFAULT_SETTINGS, settingsSchema } from '../../src/domain/settings';
import { wrongFields } from './wrong-fields';

/** The defaults, which never change the meaning of an inbox that exists. */
const SHOWN = {
  csat: {
    enabled: false,
    timeout_seconds: 86400,
    late_answer_seconds: 1209600,
    on_auto_close: false,
    pause_seconds: 0,
    skip_tags: [],
  },
  auto_close: { after_seconds: null, basis: 'customer_silence' },
  auto_archive: { after_seconds: null },
  flows: { timeout_seconds: 86400, allow_not_contacted: true, end_status: 'closed' },
  reopen_window_seconds: 0,
  customer_window_seconds: 86400,
  assign_on_reply: true,
  assignee_on_resume: 'keep',
};
const YEAR = 366 * 24 * 3600;

/** A body with this value at this dotted path. */
function withValue(path: string, value: unknown): unknown {
  return path.split('.').reduceRight((inner: unknown, key) => ({ [key]: inner }), value);
}

const wrong = (body: unknown) => wrongFields(settingsSchema, body);

describe('defaults', () => {
  test('are those of the page', () => {
    expect(settingsSchema.parse({})).toEqual(SHOWN);
    expect(DEFAULT_SETTINGS).toEqual(SHOWN);
  });

  test('fill in the parts that are not named', () => {
    expect(settingsSchema.parse({ csat: { enabled: true }, flows: {} })).toEqual({
      ...SHOWN,
      csat: { ...SHOWN.csat, enabled: true },
    });
  });

  test('are taken as they are shown', () => {
    expect(settingsSchema.parse(SHOWN)).toEqual(SHOWN);
  });
});

const FROM_1 = [
  'csat.timeout_seconds',
  'csat.late_answer_seconds',
  'auto_close.after_seconds',
  'flows.timeout_seconds',
  'customer_window_seconds',
];
const FROM_0 = ['csat.pause_seconds', 'auto_archive.after_seconds', 'reopen_window_seconds'];

describe.each([...FROM_1, ...FROM_0])('%s', (path) => {
  const least = FROM_0.includes(path) ? 0 : 1;

  test.each([least, least + 1, YEAR, null])('takes %p (null is off)', (value) => {
    expect(settingsSchema.parse(withValue(path, value))).toMatchObject(withValue(path, value) as object);
  });

  test.each([least - 1, YEAR + 1, 1.5, '60', true, NaN, Infinity, {}, []])('refuses %p', (value) => {
    expect(wrong(withValue(path, value))).toEqual([path]);
  });
});

describe.each(['csat.enabled', 'csat.on_auto_close', 'flows.allow_not_contacted', 'assign_on_reply'])(
  '%s',
  (path) => {
    test.each([true, false])('takes %p', (value) => {
      expect(wrong(withValue(path, value))).toEqual([]);
    });

    test.each([null, 0, 1, 'true'])('refuses %p', (value) => {
      expect(wrong(withValue(path, value))).toEqual([path]);
    });
  },
);

describe.each([
  ['auto_close.basis', ['last_activity', 'customer_silence']],
  ['flows.end_status', ['closed', 'new']],
  ['assignee_on_resume', ['keep', 'clear']],
])('%s', (path, values) => {
  test.each(values)('takes %s', (value) => {
    expect(wrong(withValue(path, value))).toEqual([]);
  });

  test.each(['in_progress', '', null, 1, 'CLOSED'])('refuses %p', (value) => {
    expect(wrong(withValue(path, value))).toEqual([path]);
  });
});

describe('csat.skip_tags', () => {
  const names = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`);

  test('are at most 50 names', () => {
    for (const n of [0, 1, 50]) expect(wrong({ csat: { skip_tags: names(n) } })).toEqual([]);
    for (const value of [names(51), 'vip', {}, null])
      expect(wrong({ csat: { skip_tags: value } })).toEqual(['csat.skip_tags']);
  });

  test('of 1–64 characters; the wrong one is named by its place', () => {
    expect(wrong({ csat: { skip_tags: ['a'.repeat(64)] } })).toEqual([]);
    for (const bad of ['', 'a'.repeat(65), 1, null])
      expect(wrong({ csat: { skip_tags: ['spam', bad] } })).toEqual(['csat.skip_tags.1']);
  });
});

test.each(['csat', 'auto_close', 'auto_archive', 'flows'])('%s is an object', (part) => {
  for (const value of [null, 1, 'x', []]) expect(wrong({ [part]: value })).toEqual([part]);
});

test('unknown fields are refused by name, wherever they stand', () => {
  expect(wrong({ color: 'red', csat: { enable: true }, flows: { timeout: 1 } })).toEqual([
    'color',
    'csat.enable',
    'flows.timeout',
  ]);
});

test('every wrong value is named at once', () => {
  const body = {
    csat: { enabled: 'yes', timeout_seconds: 0 },
    flows: { end_status: 'open' },
    assign_on_reply: 1,
  };

  expect(wrong(body)).toEqual([
    'assign_on_reply',
    'csat.enabled',
    'csat.timeout_seconds',
    'flows.end_status',
  ]);
});
