/**
 * Messages of customers and agents (the rows `message` and `agent_reply` of docs/statuses.md, and the bullets
 * below its table).
 */
import {
  BEN,
  DAY,
  FLOW,
  HOUR,
  LOCKED_VIP,
  MINUTE,
  NOBODY,
  NOW,
  SINCE,
  WROTE,
  closed,
  given,
  inFlow,
  inProgress,
  newOne,
  ranOut,
  resolved,
  stranger,
} from './given';

describe.each(['message', 'agent_reply'] as const)('the reopen window, for %s', (type) => {
  const WINDOW = { reopen_window_seconds: 3600 };
  const inside = { episode: 3, assignee: BEN, tags: [LOCKED_VIP] };

  test('inside, up to the last millisecond: resume in the same episode, tags and assignee stay', () => {
    expect(given(closed(), WINDOW).at(SINCE).when(type).state).toMatchObject(inside);
    expect(
      given(closed(), WINDOW)
        .at(SINCE + HOUR - 1)
        .when(type).state,
    ).toMatchObject(inside);
  });

  test('at its end and outside: begin, the ended episode keeps its tags and assignee', () => {
    const { state: atEnd } = given(closed(), WINDOW)
      .at(SINCE + HOUR)
      .when(type);
    const { state: outside } = given(closed(), WINDOW)
      .at(SINCE + DAY)
      .when(type);

    expect(atEnd).toMatchObject({ episode: 4, tags: [] });
    expect(outside).toMatchObject({ episode: 4, tags: [] });
    expect(atEnd.assignee).not.toEqual(BEN);
  });

  test.each([0, null])('set to %p there is none, at any time', (reopen_window_seconds) => {
    const off = given(closed(), { reopen_window_seconds });

    expect(off.at(SINCE).when(type).state.episode).toBe(4);
    expect(off.at(SINCE - MINUTE).when(type).state.episode).toBe(4);
  });

  test('it opens anew with every close', () => {
    const again = given(closed(), WINDOW)
      .at(SINCE + 30 * MINUTE)
      .when('reopen')
      .and.when('close').and;

    expect(again.later(59 * MINUTE).when(type).state.episode).toBe(3);
    expect(again.later(60 * MINUTE).when(type).state.episode).toBe(4);
  });
});

describe('begin', () => {
  test('leaves nothing of the ended episode but its last survey', () => {
    const last = ranOut(SINCE);
    const { state } = given(closed({ survey: last, survey_count: 1 })).when('message');

    expect(state).toMatchObject({
      episode: 4,
      survey: last,
      assignee: NOBODY,
      tags: [],
      first_reply_at: null,
    });
    expect(state).toMatchObject({ started_at: NOW, waiting_since: NOW, agents: [] });
    expect(state).not.toHaveProperty('close');
    expect(state).not.toHaveProperty('closed_at');
  });

  test('episodes are numbered from 1, and a stranger is in none', () => {
    expect(stranger().episode).toBe(0);
    expect(given(stranger()).when('agent_reply').state).toMatchObject({ episode: 1, started_at: NOW });
  });

  test("an agent's mark of unread outlives a broadcast and its flow", () => {
    const marked = given(closed({ unread: true })).when('flow_start', { source: 'broadcast' });

    expect(marked.state).toMatchObject({ status: 'in_flow', unread: true });
    for (const outcome of ['completed', 'cancelled', 'expired'] as const)
      expect(marked.and.when('flow_end', { execution: 'x2', outcome }).state).toMatchObject({
        status: 'closed',
        unread: true,
      });
    expect(marked.and.when('mark_read').and.when('flow_end', { execution: 'x2' }).state.unread).toBe(false);
  });

  test.each([
    ['message', {}, 'message'],
    ['agent_reply', {}, 'agent_reply'],
    ['agent_reply', { agent: null }, 'agent_reply'],
    ['flow_start', {}, 'flow'],
    ['flow_start', { source: 'broadcast' as const }, 'broadcast'],
    ['flow_start', { source: 'inbound' as const }, 'inbound'],
    ['flow_start', { source: 'inbound' as const, has_priority: true }, 'inbound'],
    ['flow_start', { source: 'broadcast' as const, has_priority: true }, 'broadcast'],
  ] as const)('remembers what began the episode: %s %j', (type, fields, opened_by) => {
    for (const c of [stranger(), closed({ opened_by: 'flow' })])
      expect(given(c).when(type, fields).state.opened_by).toBe(opened_by);
  });

  test('what began the episode stays through a resume, a flow and the close', () => {
    const { state } = given(closed({ opened_by: 'inbound' }))
      .when('reopen')
      .and.when('flow_start', { has_priority: true })
      .and.when('close');

    expect(state.opened_by).toBe('inbound');
  });
});

describe('resume', () => {
  test.each(['message', 'agent_reply', 'reopen'] as const)(
    '%s in resolved keeps tags and assignee',
    (type) => {
      const { state } = given(resolved()).when(type);

      expect(state).toMatchObject({
        status: 'in_progress',
        episode: 3,
        assignee: BEN,
        tags: resolved().tags,
      });
      expect(state).not.toHaveProperty('close');
    },
  );

  test("by a message hands the work out anew where assignee_on_resume is clear; an agent's does not", () => {
    const inbox = { assignee_on_resume: 'clear' as const, reopen_window_seconds: 7200 };

    for (const c of [resolved(), closed()]) {
      expect(given(c, inbox).when('message').state.assignee).toEqual(NOBODY);
      expect(given(c, inbox).when('agent_reply').state.assignee).toEqual(BEN);
      expect(given(c, inbox).when('reopen').state.assignee).toEqual(BEN);
    }
    expect(given(inProgress(), inbox).when('message').state.assignee).toEqual(BEN);
  });

  test('keeps the facts of the episode', () => {
    const { started_at, first_reply_at, agents } = closed();
    const { state } = given(closed()).when('reopen');

    expect(state).toMatchObject({ started_at, first_reply_at, agents });
  });
});

describe('an agent_reply', () => {
  test('reads', () => {
    expect(given(inProgress({ unread: true })).when('agent_reply').changes).toEqual({ unread: false });
  });

  test('takes an unassigned conversation, and leaves its team', () => {
    const { changes } = given(inProgress({ assignee: { team: 'sales', agent: null } })).when('agent_reply');

    expect(changes).toEqual({ assignee: { team: 'sales', agent: 'cleo' } });
  });

  test('does not take the conversation from its agent', () => {
    expect(given(inProgress({ assignee: BEN })).when('agent_reply').changes).toEqual({});
  });

  test('assigns nobody with assign_on_reply off', () => {
    expect(given(newOne(), { assign_on_reply: false }).when('agent_reply').state.assignee).toEqual(NOBODY);
  });

  test('is the first of its episode once, and the last each time', () => {
    const first = given(newOne()).when('agent_reply');
    const second = first.and.later(MINUTE).when('agent_reply');
    const inTheNext = second.and.when('close').and.later(DAY).when('agent_reply');

    expect(first.state).toMatchObject({ first_reply_at: NOW, last_agent_reply_at: NOW });
    expect(second.state).toMatchObject({ first_reply_at: NOW, last_agent_reply_at: NOW + MINUTE });
    expect(inTheNext.state).toMatchObject({ first_reply_at: NOW + MINUTE + DAY });
  });

  test('of an unknown agent is a reply too, but assigns and names nobody', () => {
    const { state } = given(newOne()).when('agent_reply', { agent: null });

    expect(state).toMatchObject({ status: 'in_progress', assignee: NOBODY, agents: [], unread: false });
    expect(state).toMatchObject({ first_reply_at: NOW, last_agent_reply_at: NOW, last_word: 'business' });
    const inTheFlow = given(inFlow()).when('agent_reply', { agent: null });
    expect(inTheFlow.tells).toEqual(['flow.interrupted x1 by agent_reply']);
  });

  test('names its agent among those of the episode, once, in order', () => {
    const { state } = given(inProgress())
      .when('agent_reply')
      .and.when('agent_reply', { agent: 'ben' })
      .and.when('agent_reply', { agent: 'abe' });

    expect(state.agents).toEqual(['ben', 'cleo', 'abe']);
  });
});

describe('an automatic message', () => {
  const CELLS = [stranger(), newOne(), inProgress({ unread: true }), inFlow(), resolved(), closed()];

  test.each(CELLS)('is recorded, and changes nothing else in $status', (c) => {
    const { state } = given(c).when('automatic_message');
    const { version, last_automatic_message_at, updated_at, next, ...rest } = state;
    const {
      version: _v,
      last_automatic_message_at: _l,
      updated_at: _u,
      next: _n,
      ...before
    } = given(c).state;

    expect({ version, last_automatic_message_at, updated_at }).toEqual({
      version: c.version + 1,
      last_automatic_message_at: NOW,
      updated_at: NOW,
    });
    if (c.status === 'in_flow')
      expect(rest).toEqual({ ...before, flow: { ...FLOW, last_activity_at: NOW, expires_at: NOW + DAY } });
    else expect({ ...rest, next }).toEqual({ ...before, next: given(c).state.next });
  });

  test('that answers has the last word in new and in_progress, but is no first reply and reads nothing', () => {
    for (const c of [newOne(), inProgress({ unread: true, waiting_since: WROTE, first_reply_at: null })])
      expect(given(c).when('automatic_message', { answers: true }).state).toMatchObject({
        status: c.status,
        unread: true,
        waiting_since: null,
        first_reply_at: null,
        last_word: 'business',
        last_activity_at: NOW,
      });
  });

  test('does not unsnooze', () => {
    const asleep = given(newOne({ snoozed_until: NOW + DAY }));

    expect(asleep.when('automatic_message', { answers: true }).changes).not.toHaveProperty('snoozed_until');
  });

  test('after a close leaves it closed: a good-bye begins nothing', () => {
    const { state } = given(closed(), { reopen_window_seconds: 7200 }).when('automatic_message', {
      answers: true,
    });

    expect(state).toMatchObject({ status: 'closed', episode: 3, last_activity_at: SINCE });
  });
});

describe("the customer's window", () => {
  const at = (ago: number) => ({ occurred_at: new Date(NOW - ago).toISOString() });

  test("counts from the message's own time", () => {
    const late = given(stranger()).when('message', at(5 * HOUR)).state;

    expect(late).toMatchObject({ waiting_since: NOW - 5 * HOUR, window_closes_at: NOW + 19 * HOUR });
    expect(late).toMatchObject({ last_customer_message_at: NOW, last_activity_at: NOW, started_at: NOW });
  });

  test('never goes back', () => {
    const { state } = given(closed())
      .when('message')
      .and.when('message', at(5 * HOUR));

    expect(state.window_closes_at).toBe(NOW + DAY);
  });

  test('is moved by every message that is applied, and by no other', () => {
    for (const c of [stranger(), newOne(), inProgress(), inFlow(), resolved(), closed()])
      expect(given(c).when('message').state.window_closes_at).toBe(NOW + DAY);
    for (const kind of ['reaction', 'courtesy'] as const)
      expect(given(closed()).when('message', { kind }).state.window_closes_at).toBe(WROTE + DAY);
    expect(given(newOne({ blocked: true })).when('message').state.window_closes_at).toBe(WROTE + DAY);
    for (const type of ['agent_reply', 'automatic_message', 'csat_answer', 'flow_start'] as const)
      expect(given(closed()).when(type).state.window_closes_at).toBe(WROTE + DAY);
  });

  test('is not there before the first message, nor where the channel has none', () => {
    expect(stranger().window_closes_at).toBeNull();
    const none = given(newOne(), { customer_window_seconds: null }).when('message');
    expect(none.state.window_closes_at).toBeNull();
  });

  test('is as long as the setting says', () => {
    const { state } = given(newOne(), { customer_window_seconds: 3600 }).when('message', at(HOUR));

    expect(state.window_closes_at).toBe(NOW);
  });
});

describe('a courtesy', () => {
  test('after a close leaves it closed, and in a talk is a message', () => {
    const thanks = { kind: 'courtesy' as const };

    for (const c of [resolved(), closed()])
      expect(given(c, { reopen_window_seconds: 7200 }).when('message', thanks)).toMatchObject({
        says: 'ignored courtesy',
        changes: {},
      });
    expect(given(inProgress()).when('message', thanks).changes).toEqual({
      unread: true,
      waiting_since: NOW,
    });
  });
});

describe('a customer message', () => {
  test.each(['text', 'media', 'interactive', 'courtesy'] as const)('of kind %s counts as one', (kind) => {
    const { state } = given(inProgress()).when('message', { kind });

    expect(state).toMatchObject({ unread: true, last_customer_message_at: NOW, last_activity_at: NOW });
  });

  test('of kind reaction is no word and no activity', () => {
    const asleep = inProgress({ snoozed_until: NOW + DAY });

    expect(given(asleep).when('message', { kind: 'reaction' }).state).toEqual(given(asleep).state);
  });

  test('in a flow leaves a conversation unread that was', () => {
    const { changes } = given(inFlow({}, { unread: true })).when('message');

    expect(Object.keys(changes)).toEqual(['flow']);
  });
});

describe('who spoke last, and when', () => {
  test('is the customer, in a flow too', () => {
    for (const c of [stranger(), newOne(), inProgress(), inFlow(), resolved(), closed()]) {
      expect(given(c).when('message').state).toMatchObject({
        last_word: 'customer',
        last_customer_message_at: NOW,
        last_activity_at: NOW,
      });
    }
  });

  test('is nobody yet in an episode that a flow began', () => {
    expect(given(closed()).when('flow_start').state.last_word).toBeNull();
  });

  test.each([
    ['close', {}],
    ['close', { skip_survey: true }],
    ['flow_start', { has_priority: true }],
  ] as const)('stays through %s %j; entering a status is an activity', (type, fields) => {
    const { state } = given(inProgress(), { csat: { enabled: true } }).when(type, fields);

    expect(state).toMatchObject({
      last_word: 'business',
      last_customer_message_at: WROTE,
      last_agent_reply_at: SINCE,
      last_activity_at: NOW,
    });
  });
});

describe('waiting_since', () => {
  test('is the first message no agent has answered yet', () => {
    const first = given(inProgress()).when('message');
    const second = first.and.later(MINUTE).when('message');
    const answered = second.and.later(MINUTE).when('agent_reply');
    const third = answered.and.later(MINUTE).when('message');

    expect([first, second, answered, third].map(({ state }) => state.waiting_since)).toEqual([
      NOW,
      NOW,
      null,
      NOW + 3 * MINUTE,
    ]);
  });

  test('is not set by a message in a flow, and not cleared by one', () => {
    expect(given(inFlow()).when('message').state.waiting_since).toBeNull();
    expect(given(inFlow({}, { waiting_since: WROTE })).when('message').state.waiting_since).toBe(WROTE);
  });

  test('is kept by a flow that interrupts, and by reading', () => {
    const interrupted = given(newOne()).when('flow_start', { has_priority: true });

    expect(interrupted.state.waiting_since).toBe(WROTE);
    expect(interrupted.and.when('flow_end', { execution: 'x2' }).state.waiting_since).toBe(WROTE);
    expect(given(newOne()).when('mark_read').state.waiting_since).toBe(WROTE);
  });
});

test.each(['message', 'agent_reply'] as const)('%s unsnoozes', (type) => {
  expect(given(inProgress({ snoozed_until: NOW + DAY })).when(type).changes).toMatchObject({
    snoozed_until: null,
  });
  expect(given(newOne({ snoozed_until: NOW + DAY })).when(type).changes).toMatchObject({
    snoozed_until: null,
  });
});

describe('entering new or in_progress unarchives', () => {
  const archived = { archived: true, archived_at: SINCE };
  const out = { archived: false, archived_at: null };

  test.each(['message', 'agent_reply', 'reopen'] as const)(
    '%s on an archived closed conversation',
    (type) => {
      expect(given(closed(archived)).when(type).state).toMatchObject(out);
    },
  );

  test.each(['message', 'agent_reply', 'reopen'] as const)(
    '%s on an archived resolved conversation',
    (type) => {
      expect(given(resolved(archived)).when(type).state).toMatchObject(out);
    },
  );
});
