/** Bot flows and broadcasts (the rows `flow_start` and `flow_end` of docs/statuses.md). */
import { refusals } from '../../src/domain/broadcasts';
import { STATUSES } from '../../src/domain/conversation';
import { DEFAULT_SETTINGS, settingsSchema } from '../../src/domain/settings';
import {
  BEN,
  DAY,
  LOCKED_VIP,
  MINUTE,
  NOW,
  SINCE,
  VIP,
  WROTE,
  closed,
  given,
  inFlow,
  inProgress,
  newOne,
  resolved,
} from './given';
import { IN } from './table/row';

const PRIORITY = { has_priority: true };

describe('a flow that starts', () => {
  test('is told of as it was asked for', () => {
    const { changes } = given(closed()).when('flow_start', {
      flow: 'spring sale',
      execution: 'x9',
      source: 'broadcast',
    });

    expect(changes.flow).toEqual({
      flow: 'spring sale',
      execution: 'x9',
      source: 'broadcast',
      has_priority: false,
      started_at: NOW,
      last_activity_at: NOW,
      expires_at: NOW + DAY,
      interrupted: null,
      assigned: false,
      customer_wrote: false,
    });
  });

  const AGAIN = [false, true].flatMap((has_priority) =>
    (['flow', 'broadcast', 'inbound'] as const).map((source) => ({ has_priority, source })),
  );

  test.each(AGAIN)(
    'again under the same execution changes nothing ($source, has_priority: $has_priority)',
    (fields) => {
      const again = given(inFlow()).when('flow_start', { execution: 'x1', ...fields });

      expect(again).toMatchObject({ says: 'ignored no_change', effects: [] });
    },
  );

  test('ends a snooze, which does not come back with the work', () => {
    const started = given(inProgress({ snoozed_until: NOW + DAY })).when('flow_start', PRIORITY);

    expect(started.changes).toMatchObject({ snoozed_until: null });
    expect(started.and.when('flow_end', { execution: 'x2' }).state).toMatchObject({ snoozed_until: null });
  });

  test('in resolved stays in the episode, and remembers no work to go back to', () => {
    const { state } = given(resolved()).when('flow_start', PRIORITY);

    expect(state).toMatchObject({ episode: 3, assignee: BEN, tags: [VIP], flow: { interrupted: null } });
    expect(state).not.toHaveProperty('close');
  });

  test.each([IN.new, IN.in_progress, IN.resolved])('over open work ($status) begins no episode', (c) => {
    expect(given(c).when('flow_start', PRIORITY).state).toMatchObject({
      episode: c.episode,
      started_at: c.started_at,
    });
  });
});

describe('a flow that is replaced', () => {
  const twice = given(newOne())
    .when('flow_start', { ...PRIORITY, execution: 'x2' })
    .and.when('flow_start', { ...PRIORITY, execution: 'x3' }).and;

  test('hands on what it interrupted, however often', () => {
    expect(twice.when('flow_end', { execution: 'x3' }).state.status).toBe('new');
  });

  test('has nothing to end any more', () => {
    expect(
      twice.when('flow_end', { execution: 'x2', assign: { agent: 'ben' }, tags: ['hot'] }),
    ).toMatchObject({
      says: 'ignored stale_flow',
      changes: {},
    });
  });

  test('by one that began on its own: nothing to go back to', () => {
    const ended = given(closed())
      .when('flow_start')
      .and.when('flow_start', { ...PRIORITY, execution: 'x3' })
      .and.when('flow_end', { execution: 'x3' });

    expect(ended.state).toMatchObject({ status: 'closed', episode: 4 });
  });
});

describe('a flow that ends without assigning', () => {
  test.each([newOne(), inProgress(), inProgress({ unread: true, waiting_since: WROTE })])(
    'gives the work back as it was ($status, unread: $unread)',
    (work) => {
      const ended = given(work)
        .when('flow_start', PRIORITY)
        .and.later(MINUTE)
        .when('flow_end', { execution: 'x2' });

      const { status, unread, waiting_since, assignee, tags, episode } = work;
      expect(ended.state).toMatchObject({ status, unread, waiting_since, assignee, tags, episode });
    },
  );

  test('closes by flow, without a survey, with C-SAT on or off', () => {
    const csat = { enabled: true, on_auto_close: true };
    const ended = given(inFlow({}, { waiting_since: WROTE }), { csat }).when('flow_end');

    expect(ended.state).toMatchObject({ status: 'closed', unread: false, waiting_since: null, survey: null });
    expect(ended.state).toMatchObject({ close: { by: 'flow', agent: null, reason: null }, closed_at: NOW });
    expect(ended.tells).toEqual([]);
  });

  test('goes back to the work even where the setting says new', () => {
    const { state } = given(inFlow({ interrupted: 'in_progress' }), { flows: { end_status: 'new' } }).when(
      'flow_end',
    );

    expect(state).toMatchObject({ status: 'in_progress', unread: false });
  });

  test('and failed, is not closed by the setting', () => {
    const { state } = given(inFlow(), { flows: { end_status: 'closed' } }).when('flow_end', {
      outcome: 'failed',
    });

    expect(state).toMatchObject({ status: 'new', unread: true, waiting_since: NOW });
  });
});

describe('a flow that assigns', () => {
  test.each([
    [{ agent: 'ben' }, { team: null, agent: 'ben' }],
    [{ team: 'support' }, { team: 'support', agent: null }],
    [
      { team: null, agent: 'abe' },
      { team: null, agent: 'abe' },
    ],
  ])('%j replaces both parts', (assign, assignee) => {
    const busy = inFlow({ interrupted: 'in_progress' }, { assignee: { team: 'sales', agent: 'cleo' } });

    expect(given(busy).when('flow_end', { assign }).state.assignee).toEqual(assignee);
  });

  test.each(['new', 'in_progress', null] as const)(
    'goes to in_progress, with anything interrupted (%p)',
    (interrupted) => {
      const { state } = given(inFlow({ interrupted })).when('flow_end', { assign: { agent: 'ben' } });

      expect(state).toMatchObject({ status: 'in_progress', unread: true });
    },
  );
});

describe('a flow that ends unread', () => {
  const unread = { assign: { agent: 'ben' } };

  test('sets waiting_since: a person is awaited', () => {
    expect(given(inFlow()).when('flow_end', unread).state.waiting_since).toBe(NOW);
  });

  test.each([
    { assign: { agent: 'ben' } },
    { outcome: 'failed' as const },
    { outcome: 'completed' as const },
  ])('leaves waiting_since where it is set (%j)', (end) => {
    const waiting = given(inFlow({}, { waiting_since: WROTE }), { flows: { end_status: 'new' } });

    expect(waiting.when('flow_end', end).state).toMatchObject({ unread: true, waiting_since: WROTE });
  });
});

describe("a flow's tags", () => {
  const HOT = { name: 'hot', locked: false };

  test.each([
    ['assigned', {}, { assign: { agent: 'ben' } }],
    ['back to the work', { interrupted: 'new' as const }, {}],
    ['cancelled', { interrupted: 'new' as const }, { outcome: 'cancelled' as const }],
    ['failed', {}, { outcome: 'failed' as const }],
  ])('are added however it ends: %s', (_, flow, end) => {
    expect(given(inFlow(flow)).when('flow_end', { ...end, tags: ['hot', 'vip', 'hot'] }).state.tags).toEqual([
      VIP,
      HOT,
    ]);
  });

  test('are added first: a close locks them', () => {
    const { state } = given(inFlow()).when('flow_end', { tags: ['hot'] });

    expect(state.tags).toEqual([LOCKED_VIP, { name: 'hot', locked: true }]);
  });

  test('leave a locked one of the same name locked', () => {
    const { state } = given(inFlow({ interrupted: 'new' }, { tags: [LOCKED_VIP] })).when('flow_end', {
      tags: ['vip'],
    });

    expect(state.tags).toEqual([LOCKED_VIP]);
  });
});

describe('a flow on an archived conversation', () => {
  const started = given(closed({ archived: true, archived_at: SINCE })).when('flow_start').and;
  const end = { execution: 'x2' };

  test('that starts and ends leaves it archived, and tells nothing of it', () => {
    const ended = started.when('flow_end', end);

    expect(started.state).toMatchObject({ status: 'in_flow', archived: true });
    expect(ended.state).toMatchObject({ status: 'closed', archived: true, archived_at: SINCE, next: null });
    expect(ended.tells).toEqual([]);
  });

  test.each([
    [{ outcome: 'failed' as const }, 'new'],
    [{ assign: { agent: 'ben' } }, 'in_progress'],
  ])('that leaves work behind takes it out: %j', (how, status) => {
    expect(started.when('flow_end', { ...end, ...how }).state).toMatchObject({
      status,
      archived: false,
      archived_at: null,
    });
  });

  test('may be taken out by hand while it runs', () => {
    expect(started.when('unarchive')).toMatchObject({ changes: { archived: false } });
  });
});

describe('who may be reached by a broadcast', () => {
  const SETTINGS = [true, false].map((allow_not_contacted) => ({ flows: { allow_not_contacted } }));
  const ASKED = SETTINGS.flatMap((inbox) =>
    [true, false].flatMap((has_priority) =>
      refusals(has_priority, settingsSchema.parse(inbox)).map((reach) => ({ inbox, has_priority, ...reach })),
    ),
  );

  test.each(ASKED)(
    'is what a flow_start is told: $status, blocked: $blocked, opted out: $opted_out, $has_priority, $inbox',
    ({ inbox, has_priority, refusal, status, ...marks }) => {
      const one = given({ ...IN[status], ...marks }, inbox);
      const { says } = one.when('flow_start', { has_priority, source: 'broadcast' });

      expect(refusal ? `refused ${refusal}` : 'applied').toBe(says);
    },
  );

  test('is said of every status, blocked or not, opted out or not', () => {
    const told = refusals(false, DEFAULT_SETTINGS);

    expect(told).toHaveLength(STATUSES.length * 4);
    expect(told.filter((r) => r.refusal === null)).toEqual([
      { status: 'not_contacted', blocked: false, opted_out: false, refusal: null },
      { status: 'closed', blocked: false, opted_out: false, refusal: null },
    ]);
    for (const r of refusals(true, DEFAULT_SETTINGS))
      expect(r.refusal).toBe(r.blocked ? 'blocked' : r.opted_out ? 'opted_out' : null);
  });
});
