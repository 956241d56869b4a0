/** Closing and reopening (the rows `close` and `reopen` of docs/statuses.md, and the bullets below its table). */
import {
  BEN,
  BY_BEN,
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

const CSAT = { csat: { enabled: true } };

describe('close facts', () => {
  test('are who ended the work and why; absent parts are null', () => {
    const facts = { by: 'agent', agent: 'cleo' };

    expect(given(newOne()).when('close', { reason: 'spam' }).state).toMatchObject({
      close: { ...facts, reason: 'spam' },
    });
    expect(given(newOne()).when('close').state).toMatchObject({ close: { ...facts, reason: null } });
  });

  test('of a close without a name are those of another program; nobody may be rated by it', () => {
    const closing = given(newOne(), CSAT).when('close', { agent: null, reason: 'idle' });

    expect(closing.state).toMatchObject({
      close: { by: 'api', agent: null, reason: 'idle' },
      survey: { agent: null },
    });
    expect(given(inProgress(), CSAT).when('close', { agent: null }).state.survey).toMatchObject({
      agent: 'ben',
    });
  });

  test('are set in resolved already, and stay when the survey is answered', () => {
    const asked = given(inProgress(), CSAT).when('close', { agent: 'ben', reason: 'paid' });
    const done = asked.and.later(MINUTE).when('csat_answer');

    expect(asked.state).toMatchObject({ status: 'resolved', close: BY_BEN });
    expect(done.state).toMatchObject({ status: 'closed', close: BY_BEN, closed_at: NOW + MINUTE });
  });

  test('stay when the survey times out', () => {
    const done = given(resolved())
      .at(SINCE + DAY)
      .whenDue('csat_timeout');

    expect(done.state).toMatchObject({ status: 'closed', close: BY_BEN, closed_at: SINCE + DAY });
  });

  test('stay when the survey cannot be delivered', () => {
    expect(given(resolved()).when('survey_failed').state).toMatchObject({ status: 'closed', close: BY_BEN });
  });

  test('stay when another agent skips the survey', () => {
    const done = given(resolved()).when('close', { agent: 'cleo', reason: 'enough', skip_survey: true });

    expect(done.state).toMatchObject({ status: 'closed', close: BY_BEN, closed_at: NOW });
  });

  test.each([
    ['message', {}],
    ['agent_reply', {}],
    ['reopen', {}],
    ['flow_start', { has_priority: true }],
  ] as const)('are cleared by leaving resolved or closed for work or a flow: %s', (type, fields) => {
    for (const c of [resolved(), closed()]) {
      const { state } = given(c, { reopen_window_seconds: 7200 }).when(type, fields);
      expect(state).not.toHaveProperty('close');
      expect(state).not.toHaveProperty('closed_at');
    }
  });

  test('are others after the next close', () => {
    const again = given(closed()).when('reopen').and.later(MINUTE).when('close', { agent: 'cleo' });

    expect(again.state).toMatchObject({
      close: { by: 'agent', agent: 'cleo' },
      closed_at: NOW + MINUTE,
      episode: 3,
    });
  });
});

describe('reaching resolved or closed', () => {
  const waiting = { unread: true, waiting_since: WROTE };

  test.each([CSAT, {}])('clears unread, waiting_since and flow, and ends a snooze (%j)', (inbox) => {
    const cleared = { unread: false, waiting_since: null };

    for (const c of [newOne({ snoozed_until: NOW + DAY }), inProgress(waiting), inFlow({}, waiting)]) {
      const { state } = given(c, inbox).when('close');
      expect(state).toMatchObject(cleared);
      expect(state).not.toHaveProperty('flow');
      expect(state).not.toHaveProperty('snoozed_until');
    }
  });

  test('closed from resolved clears an unread mark set there', () => {
    const marked = given(resolved()).when('mark_unread').and;

    expect(marked.state.unread).toBe(true);
    expect(marked.when('csat_answer').state.unread).toBe(false);
    expect(marked.when('close', { skip_survey: true }).state.unread).toBe(false);
    expect(marked.at(SINCE + DAY).whenDue('csat_timeout').state.unread).toBe(false);
  });

  test('keeps who it is assigned to', () => {
    expect(given(inProgress()).when('close').state.assignee).toEqual(BEN);
    expect(given(inProgress(), CSAT).when('close').and.when('csat_answer').state.assignee).toEqual(BEN);
  });
});

describe('tags', () => {
  test('are free in resolved, and all locked by reaching closed', () => {
    const asked = given(inProgress(), CSAT).when('close').and.when('tag_add');
    const done = asked.and.when('csat_answer');

    expect(asked.state.tags).toEqual([VIP, { name: 'refund', locked: false }]);
    expect(done.state.tags).toEqual([LOCKED_VIP, { name: 'refund', locked: true }]);
  });

  const resumed = given(closed()).when('reopen').and.when('tag_add').and;

  test('after a resume: old ones stay locked, new ones are free', () => {
    expect(resumed.state.tags).toEqual([LOCKED_VIP, { name: 'refund', locked: false }]);
    expect(resumed.when('tag_remove', { tags: ['vip'] }).says).toBe('refused tags_locked');
    expect(resumed.when('tag_remove', { tags: ['refund'] }).state.tags).toEqual([LOCKED_VIP]);
  });

  test('after a resume through resolved: still locked there', () => {
    const asked = given(closed(), CSAT).when('reopen').and.when('close').and;

    expect(asked.state).toMatchObject({ status: 'resolved', tags: [LOCKED_VIP] });
    expect(asked.when('tag_remove').says).toBe('refused tags_locked');
  });

  test('are locked again by the next close', () => {
    expect(resumed.when('close').state.tags).toEqual([LOCKED_VIP, { name: 'refund', locked: true }]);
  });

  test('of the ended episode do not bind the next', () => {
    const next = given(closed())
      .when('message')
      .and.when('tag_add', { tags: ['vip'] });

    expect(next.state.tags).toEqual([VIP]);
    expect(next.and.when('tag_remove').changes).toEqual({ tags: [] });
  });
});

describe('reopen', () => {
  test('works at any time after the close, inside and outside the window', () => {
    const { state } = given(closed(), { reopen_window_seconds: 0 })
      .later(200 * DAY)
      .when('reopen');

    expect(state).toMatchObject({
      status: 'in_progress',
      episode: 3,
      assignee: BEN,
      tags: [LOCKED_VIP],
      unread: false,
    });
  });

  test('has an agent who has not written: nobody has replied by it', () => {
    const { last_agent_reply_at, agents } = closed();

    expect(given(closed()).when('reopen').state).toMatchObject({
      last_agent_reply_at,
      agents,
      assignee: BEN,
    });
  });
});
