/**
 * Executions that ended, and bots that answer: what a flow may do after its end, and when a person is
 * expected.
 */
import type { Conversation } from '../../src/domain/conversation';
import {
  BEN,
  DAY,
  HOUR,
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
  resolved,
  stranger,
  type Given,
} from './given';

const INBOUND = { source: 'inbound' as const };
const PRIORITY = { has_priority: true };

describe('an execution that ended never starts again', () => {
  const ENDS: [string, (flow: Given) => Given][] = [
    ['its end', (flow) => flow.when('flow_end').and],
    ['a hand-over', (flow) => flow.when('flow_end', { assign: { agent: 'ben' } }).and],
    ['its timeout', (flow) => flow.at(SINCE + DAY).whenDue('flow_timeout').and],
    ["an agent's reply", (flow) => flow.when('agent_reply').and],
    ['a close', (flow) => flow.when('close').and],
    ['a replacement', (flow) => flow.when('flow_start', { execution: 'x9', ...PRIORITY }).and],
  ];

  test.each(ENDS)('after %s, and its late end ends nothing', (_, end) => {
    const over = end(given(inFlow()));

    expect(over.state.ended_executions).toEqual(['x1']);
    for (const fields of [{}, PRIORITY, INBOUND])
      expect(over.when('flow_start', { execution: 'x1', ...fields }).says).toBe('refused execution_ended');
    expect(over.when('flow_end')).toMatchObject({ says: 'ignored stale_flow', changes: {} });
  });

  test('in any later episode, while it is among the last 20', () => {
    const round = (g: Given, _: unknown, n: number): Given =>
      g.when('flow_start', { execution: `y${n}` }).and.when('flow_end', { execution: `y${n}` }).and;
    const after = (n: number) =>
      Array.from({ length: n }).reduce(round, given(closed({ ended_executions: ['x1'] })));

    expect(after(19).when('flow_start', { execution: 'x1' }).says).toBe('refused execution_ended');
    expect(after(20).when('flow_start', { execution: 'x1' }).says).toBe('applied');
    expect(after(25).state.ended_executions).toHaveLength(20);
  });
});

describe('an inbound flow answers the customer', () => {
  test('of a closed conversation that came back: the message comes first', () => {
    const story = given(closed()).when('message').and.when('flow_start', INBOUND);

    expect(story.state).toMatchObject({
      status: 'in_flow',
      episode: 4,
      opened_by: 'message',
      unread: false,
      waiting_since: null,
      flow: { source: 'inbound', interrupted: null },
    });
  });

  test('or the flow comes first, and the message is in it', () => {
    const story = given(closed()).when('flow_start', INBOUND).and.when('message');

    expect(story.state).toMatchObject({ status: 'in_flow', episode: 4, opened_by: 'inbound', unread: false });
    expect(story.state).toMatchObject({ flow: { customer_wrote: true } });
  });

  test("reads also what an agent marked unread, and a broadcast's does not", () => {
    const marked = given(closed({ unread: true }));

    expect(marked.when('flow_start', INBOUND).state.unread).toBe(false);
    expect(marked.when('flow_start', { ...INBOUND, ...PRIORITY }).state.unread).toBe(true);
  });

  test('and has nothing to go back to at its end', () => {
    const flow = given(newOne({ untouched: true })).when('flow_start', INBOUND).and;

    expect(flow.when('flow_end', { execution: 'x2' }).state.status).toBe('closed');
    expect(flow.when('flow_end', { execution: 'x2', outcome: 'failed' }).state).toMatchObject({
      status: 'new',
      unread: true,
      waiting_since: NOW,
    });
  });

  test('the message that set it off came before it: nobody waits when it falls silent', () => {
    const silent = given(closed()).when('message').and.when('flow_start', INBOUND).and.later(DAY);

    expect(silent.whenDue('flow_timeout').state).toMatchObject({ status: 'closed', unread: false });
  });

  test('ends a snooze', () => {
    const asleep = given(newOne({ untouched: true, snoozed_until: NOW + DAY }));

    expect(asleep.when('flow_start', INBOUND).state).not.toHaveProperty('snoozed_until');
  });

  test('with priority is decided by the row of priority: it interrupts, and reads nothing', () => {
    const over = given(newOne({ untouched: true })).when('flow_start', { ...INBOUND, ...PRIORITY });

    expect(over.state).toMatchObject({ unread: true, waiting_since: WROTE, flow: { interrupted: 'new' } });
    expect(given(inProgress()).when('flow_start', { ...INBOUND, ...PRIORITY }).says).toBe('applied');
    expect(
      given(closed(), { reopen_window_seconds: 7200 }).when('flow_start', { ...INBOUND, ...PRIORITY }).says,
    ).toBe('applied');
  });
});

describe('untouched', () => {
  const fresh = given(stranger()).when('message').and;
  const open = 'refused conversation_open';
  const answered = (g: Given) => g.when('flow_start', { ...INBOUND, execution: 'x7' }).says;

  test('is what nothing but messages and automatic messages has happened to', () => {
    const busy = fresh.when('message').and.when('automatic_message').and.when('automatic_message', {
      answers: true,
    }).and;

    expect(answered(busy)).toBe('applied');
  });

  test('stays so through what assigns nobody, answers nothing and ends no flow', () => {
    const read = fresh.when('mark_read').and.when('tag_add').and.when('snooze').and.when('opt_out').and;

    expect(answered(read)).toBe('applied');
  });

  test.each([
    ['is', [{ agent: 'ana' }]],
    ['to a team is', [{ team: 'sales' }]],
    ['was', [{ agent: 'ana' }, { agent: null }]],
  ])('is no more where somebody %s assigned', (_, assigns) => {
    const last = assigns.reduce((g, fields) => g.when('assign', fields).and, fresh);

    expect(answered(last)).toBe(open);
  });

  test('is over once a flow of the episode has ended', () => {
    const back = (fields: { outcome?: 'failed' }, start: object) =>
      fresh.when('flow_start', start).and.when('flow_end', { execution: 'x2', ...fields }).and;

    expect(answered(back({}, PRIORITY))).toBe(open);
    expect(answered(back({ outcome: 'failed' }, INBOUND))).toBe(open);
  });

  test('is so again in the next episode', () => {
    expect(answered(given(closed()).when('message').and)).toBe('applied');
  });
});

describe('while it ran', () => {
  const ended = (g: Given, fields = {}) => g.when('flow_end', { execution: 'x2', ...fields }).state;

  test('ana is assigned while the bot talks, the bot ends: in progress, unread, hers', () => {
    const story = given(closed())
      .when('message')
      .and.when('flow_start', INBOUND)
      .and.when('assign', { agent: 'ana' }).and;

    expect(ended(story)).toMatchObject({
      status: 'in_progress',
      unread: true,
      waiting_since: NOW,
      assignee: { team: null, agent: 'ana' },
    });
  });

  test('a priority flow gives the work back unread where somebody was assigned meanwhile', () => {
    const story = given(inProgress()).when('flow_start', PRIORITY).and.when('assign', { agent: 'dan' }).and;

    expect(ended(story)).toMatchObject({ status: 'in_progress', unread: true, waiting_since: NOW });
    expect(ended(given(inProgress()).when('flow_start', PRIORITY).and)).toMatchObject({ unread: false });
  });

  test('who was assigned before it started does not count', () => {
    const story = given(resolved()).when('flow_start', PRIORITY).and;

    expect(story.state.assignee).toEqual(BEN);
    expect(ended(story)).toMatchObject({ status: 'closed' });
  });

  test.each([
    [{ agent: null }, false],
    [{ team: null, agent: null }, false],
    [{ team: 'sales', agent: null }, false],
    [{ team: 'support', agent: null }, true],
    [{ agent: 'dan' }, true],
  ])('taking somebody off assigns nobody: %j', (fields, counts) => {
    const { state } = given(inFlow({}, { assignee: BEN })).when('assign', fields);

    expect(state).toMatchObject({ flow: { assigned: counts } });
  });

  test('a replacement starts anew, and keeps what was interrupted', () => {
    const first = given(newOne()).when('flow_start', PRIORITY).and;
    const busy = first.when('message').and.when('assign', { agent: 'ana' }).and;
    const second = busy.when('flow_start', { ...PRIORITY, execution: 'x3' }).and;

    expect(busy.state).toMatchObject({ flow: { assigned: true, customer_wrote: true } });
    expect(second.state).toMatchObject({
      flow: { interrupted: 'new', assigned: false, customer_wrote: false, started_at: NOW },
    });
    expect(second.when('flow_end', { execution: 'x3', outcome: 'expired' }).state).toMatchObject({
      status: 'new',
      waiting_since: WROTE,
    });
  });

  test('starting the same execution again forgets nothing', () => {
    const busy = given(inFlow({ assigned: true, customer_wrote: true }));

    expect(busy.when('flow_start', { execution: 'x1', ...PRIORITY }).state).toEqual(busy.state);
  });

  test('a blocked customer is not heard, so nobody waits', () => {
    const { state } = given(inFlow({}, { blocked: true })).when('message');

    expect(state).toMatchObject({ flow: { customer_wrote: false, last_activity_at: SINCE } });
  });
});

test('a dialogue with a message an hour lives for three days', () => {
  const hour = (g: Given): Given => g.later(HOUR).when('message').and;
  const story = Array.from({ length: 72 }).reduce<Given>(hour, given(closed()).when('flow_start').and);

  expect(story.state).toMatchObject({ status: 'in_flow', next: { due_at: NOW + 72 * HOUR + DAY } });
});

test('a broadcast to strangers that nobody answers ends in closed, read', () => {
  const sent = given(stranger(), { flows: { end_status: 'new' } }).when('flow_start', {
    source: 'broadcast',
  });

  expect(sent.and.later(DAY).whenDue('flow_timeout').state).toMatchObject({
    status: 'closed',
    unread: false,
    waiting_since: null,
    close: { by: 'flow', agent: null, reason: null },
    assignee: NOBODY,
    opened_by: 'broadcast',
  });
});

describe('blocked and opted out', () => {
  const everybody: Conversation[] = [stranger(), newOne(), inProgress(), inFlow(), resolved(), closed()];

  test('a block stops nothing that runs, and an unblock brings nothing back', () => {
    for (const c of everybody) {
      const blocked = given(c).when('block');
      expect(blocked.changes).toEqual({ blocked: true });
      expect(blocked.and.when('unblock').changes).toEqual({ blocked: false });
    }
  });

  test('agents and flows go on with a blocked contact as before', () => {
    const flow = given(inFlow({}, { blocked: true }));

    expect(flow.when('flow_end').state.status).toBe('closed');
    expect(given(closed({ blocked: true })).when('agent_reply').state.status).toBe('in_progress');
    expect(given(resolved({ blocked: true })).when('csat_answer').state.status).toBe('closed');
    expect(given(resolved({ blocked: true })).when('message', { rating: 5 }).says).toBe('ignored blocked');
  });

  test('who opted out is reached by a flow and not by a broadcast', () => {
    const out = given(closed({ opted_out: true })).later(MINUTE);

    expect(out.when('flow_start', { source: 'broadcast', ...PRIORITY }).says).toBe('refused opted_out');
    expect(out.when('flow_start').says).toBe('applied');
    expect(out.when('flow_start', INBOUND).says).toBe('applied');
    expect(out.when('opt_in').and.when('flow_start', { source: 'broadcast' }).says).toBe('applied');
  });

  test('are kept through the episodes', () => {
    const { state } = given(closed({ blocked: true, opted_out: true })).when('agent_reply');

    expect(state).toMatchObject({ blocked: true, opted_out: true, episode: 4 });
  });
});
