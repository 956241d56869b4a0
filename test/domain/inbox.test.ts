/**
 * What agents do in the inbox: assign, read, tag, archive, snooze (docs/statuses.md, the table and the bullets
 * below).
 */
import {
  BEN,
  DAY,
  HOUR,
  LOCKED_VIP,
  NOBODY,
  NOW,
  SINCE,
  VIP,
  closed,
  given,
  inFlow,
  inProgress,
  newOne,
  resolved,
} from './given';

const NOTHING = { says: 'ignored no_change', changes: {}, effects: [] };

describe('assign', () => {
  test.each([
    [{ team: 'support' }, { team: 'support', agent: 'ben' }],
    [{ agent: 'dan' }, { team: 'sales', agent: 'dan' }],
    [{ agent: null }, { team: 'sales', agent: null }],
    [{ team: null }, { team: null, agent: 'ben' }],
    [{ team: null, agent: null }, NOBODY],
    [
      { team: 'sales', agent: 'dan' },
      { team: 'sales', agent: 'dan' },
    ],
  ])('%j sets the parts it names and leaves the other', (fields, assignee) => {
    expect(given(inProgress({ assignee: BEN })).when('assign', fields).changes).toEqual({ assignee });
  });

  test.each([{ team: 'sales' }, { agent: 'ben' }, BEN])('the same, %j, changes nothing', (fields) => {
    expect(given(inProgress({ assignee: BEN })).when('assign', fields)).toMatchObject(NOTHING);
  });

  test('nobody to nobody changes nothing', () => {
    expect(given(newOne()).when('assign', { agent: null })).toMatchObject(NOTHING);
  });
});

describe('reading', () => {
  test('what is read, or marking what is unread, changes nothing', () => {
    for (const c of [inProgress(), inFlow(), resolved(), closed()]) {
      expect(given(c).when('mark_read')).toMatchObject(NOTHING);
      expect(given(c).when('mark_unread').and.when('mark_unread')).toMatchObject(NOTHING);
    }
    expect(given(newOne()).when('mark_unread')).toMatchObject(NOTHING);
  });
});

describe('tag_add', () => {
  test('adds those missing, each once', () => {
    const { state } = given(inProgress()).when('tag_add', { tags: ['a', 'vip', 'b', 'a'] });

    expect(state.tags).toEqual([VIP, { name: 'a', locked: false }, { name: 'b', locked: false }]);
  });

  test('of tags that are there changes nothing, locked or not', () => {
    expect(given(inProgress()).when('tag_add', { tags: ['vip'] })).toMatchObject(NOTHING);
    expect(given(inProgress({ tags: [LOCKED_VIP] })).when('tag_add', { tags: ['vip'] })).toMatchObject(
      NOTHING,
    );
    expect(given(closed()).when('tag_add', { tags: ['vip'] })).toMatchObject(NOTHING);
  });

  test('in closed adds those missing, locked at once', () => {
    const { state } = given(closed()).when('tag_add', { tags: ['vip', 'late'] });

    expect(state.tags).toEqual([LOCKED_VIP, { name: 'late', locked: true }]);
  });
});

describe('more than 100 tags', () => {
  const tags = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `t${i}`, locked: false }));
  const full = given(inProgress({ tags: tags(99) }));

  test('are refused, and nothing is added', () => {
    expect(full.when('tag_add', { tags: ['a', 'b'] })).toMatchObject({
      says: 'refused too_many_tags',
      changes: {},
    });
    expect(full.when('tag_add', { tags: ['a'] }).state.tags).toHaveLength(100);
    const shut = given(closed({ tags: tags(100).map((t) => ({ ...t, locked: true })) }));
    expect(shut.when('tag_add', { tags: ['a'] }).says).toBe('refused too_many_tags');
  });

  test('of those that are there already, none is one more', () => {
    expect(given(inProgress({ tags: tags(100) })).when('tag_add', { tags: ['t1'] })).toMatchObject(NOTHING);
    expect(full.when('tag_add', { tags: ['t1', 'a'] }).says).toBe('applied');
  });

  test('are left out of what a flow brings; those that are there stay, however many', () => {
    const ended = (n: number) =>
      given(inFlow({ interrupted: 'new' }, { tags: tags(n) })).when('flow_end', { tags: ['a', 'b'] });

    expect(ended(98).state.tags).toHaveLength(100);
    expect(ended(99).state.tags.at(-1)).toEqual({ name: 'a', locked: false });
    expect(ended(100).state.tags).toEqual(tags(100));
    expect(ended(580).state.tags).toEqual(tags(580));
  });
});

test('the agents of an episode are the first 100', () => {
  const agents = Array.from({ length: 99 }, (_, i) => `a${i}`);
  const hundred = given(inProgress({ agents })).when('agent_reply', { agent: 'last' });

  expect(hundred.state.agents).toEqual([...agents, 'last']);
  expect(hundred.and.when('agent_reply', { agent: 'one more' }).state).toMatchObject({
    agents: [...agents, 'last'],
    last_agent_reply_at: NOW,
  });
});

describe('tag_remove', () => {
  const mixed = inProgress({
    tags: [LOCKED_VIP, { name: 'a', locked: false }, { name: 'b', locked: false }],
  });

  test('removes those present', () => {
    expect(given(mixed).when('tag_remove', { tags: ['a', 'gone'] }).state.tags).toEqual([
      LOCKED_VIP,
      { name: 'b', locked: false },
    ]);
  });

  test('of tags that are not there changes nothing', () => {
    expect(given(mixed).when('tag_remove', { tags: ['gone'] })).toMatchObject(NOTHING);
  });

  test('that names a locked one is refused and removes nothing', () => {
    expect(given(mixed).when('tag_remove', { tags: ['a', 'vip'] })).toMatchObject({
      says: 'refused tags_locked',
      changes: {},
    });
  });
});

describe('archive', () => {
  const archived = { archived: true, archived_at: SINCE };

  test('stamps when', () => {
    expect(given(closed()).when('archive').state).toMatchObject({ archived: true, archived_at: NOW });
  });

  test('of what is archived changes nothing, in any status', () => {
    for (const c of [closed(archived), inFlow({}, archived), resolved(archived)]) {
      expect(given(c).when('archive')).toMatchObject(NOTHING);
    }
  });

  test('and unarchive, and archive again, by hand', () => {
    const again = given(closed(archived)).when('unarchive').and.when('archive');

    expect(again.state).toMatchObject({ archived: true, archived_at: NOW });
    expect(again.tells).toEqual(['conversation.archived']);
  });

  test('unarchive forgets when', () => {
    for (const c of [inFlow({}, archived), resolved(archived), closed(archived)]) {
      expect(given(c).when('unarchive').state).toMatchObject({ archived: false, archived_at: null });
    }
  });

  test('through resolved: an archived conversation closed out of a flow stays archived', () => {
    const { state } = given(inFlow({}, archived), { csat: { enabled: true } }).when('close');

    expect(state).toMatchObject({ status: 'resolved', ...archived });
  });
});

describe('snooze', () => {
  const asleep = (until: number) => inProgress({ snoozed_until: until });
  const iso = (at: number) => new Date(at).toISOString();

  test('to another time moves it', () => {
    const { changes } = given(asleep(NOW + DAY)).when('snooze', { until: iso(NOW + HOUR) });

    expect(changes).toEqual({ snoozed_until: NOW + HOUR });
  });

  test('to the same time changes nothing, however it is written', () => {
    const until = Date.parse('2026-03-02T12:00:00Z');

    expect(given(asleep(until)).when('snooze', { until: '2026-03-02T12:00:00Z' })).toMatchObject(NOTHING);
    expect(given(asleep(until)).when('snooze', { until: '2026-03-02T14:00:00.000+02:00' })).toMatchObject(
      NOTHING,
    );
  });

  test('is no activity: it leaves unread and waiting_since', () => {
    expect(given(newOne()).when('snooze').changes).toEqual({ snoozed_until: NOW + DAY });
  });

  test.each([
    ['close', {}],
    ['flow_start', { has_priority: true }],
    ['agent_reply', {}],
  ] as const)('ends by leaving new: %s', (type, fields) => {
    expect(given(newOne({ snoozed_until: NOW + DAY })).when(type, fields).changes).toMatchObject({
      snoozed_until: null,
    });
  });

  test.each([
    ['assign', { agent: 'dan' }],
    ['mark_read', {}],
    ['tag_add', {}],
  ] as const)('is not ended by %s', (type, fields) => {
    const { changes } = given(newOne({ snoozed_until: NOW + DAY })).when(type, fields);

    expect(changes).not.toHaveProperty('snoozed_until');
  });
});
