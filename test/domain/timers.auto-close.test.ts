/** The timer `auto_close` of docs/statuses.md: what counts as activity, its two bases, and its survey. */
import { AUTO_CLOSE, NOTHING, SILENCE, asleep, due, next } from './due';
import {
  DAY,
  HOUR,
  LOCKED_VIP,
  MINUTE,
  NOW,
  SINCE,
  WROTE,
  closed,
  given,
  inFlow,
  inProgress,
  newOne,
  resolved,
} from './given';

describe('auto_close', () => {
  test('is off by default', () => {
    expect(next(given(inProgress()))).toBeNull();
    expect(next(given(newOne()))).toBeNull();
  });

  test('closes by auto_close, without a survey, even with C-SAT on', () => {
    const told = given(inProgress(), { ...AUTO_CLOSE, csat: { enabled: true } })
      .at(SINCE + 2 * HOUR)
      .whenDue('auto_close');

    expect(told.changes).toEqual({
      status: 'closed',
      tags: [LOCKED_VIP],
      close: { by: 'auto_close', agent: null, reason: null },
      closed_at: SINCE + 2 * HOUR,
    });
    expect(told.tells).toEqual([]);
  });

  test('closes a conversation that waits, and clears waiting_since', () => {
    const { state } = given(newOne(), AUTO_CLOSE)
      .at(SINCE + 2 * HOUR)
      .whenDue('auto_close');

    expect(state).toMatchObject({ status: 'closed', unread: false, waiting_since: null });
  });

  describe('with csat.on_auto_close', () => {
    const SURVEY = { ...AUTO_CLOSE, csat: { enabled: true, on_auto_close: true } };
    const closeFacts = { by: 'auto_close', agent: null, reason: null };

    test('resolves; the survey rates whom it is assigned to', () => {
      const told = given(inProgress(), SURVEY)
        .at(SINCE + 2 * HOUR)
        .whenDue('auto_close');

      expect(told.state).toMatchObject({
        status: 'resolved',
        close: closeFacts,
        survey: { state: 'pending', agent: 'ben' },
      });
      expect(told.tells).toEqual(['survey.requested c_1.1']);
    });

    test('nobody may be rated where nobody is assigned', () => {
      const told = given(newOne(), SURVEY)
        .at(SINCE + 2 * HOUR)
        .whenDue('auto_close');

      expect(told.state).toMatchObject({ status: 'resolved', survey: { agent: null } });
      expect(told.effects).toContainEqual(expect.objectContaining({ type: 'survey.requested', agent: null }));
    });

    test('stays closed by auto_close when the survey is answered', () => {
      const asked = given(inProgress(), SURVEY)
        .at(SINCE + 2 * HOUR)
        .whenDue('auto_close').and;

      expect(asked.when('csat_answer').state).toMatchObject({ status: 'closed', close: closeFacts });
    });

    test('and C-SAT off, closes', () => {
      const { state } = given(inProgress(), { ...AUTO_CLOSE, csat: { enabled: false, on_auto_close: true } })
        .at(SINCE + 2 * HOUR)
        .whenDue('auto_close');

      expect(state.status).toBe('closed');
    });
  });

  describe('the last activity is', () => {
    const work = given(inProgress(), AUTO_CLOSE);
    const fromNow = due('auto_close', NOW + 2 * HOUR);

    test('a customer message, but no reaction', () => {
      expect(next(work.when('message'))).toEqual(fromNow);
      expect(next(work.when('message', { kind: 'reaction' }))).toEqual(work.state.next);
    });

    test('an agent reply', () => {
      expect(next(work.when('agent_reply'))).toEqual(fromNow);
    });

    test('an automatic message that answers, but no other', () => {
      expect(next(work.when('automatic_message', { answers: true }))).toEqual(fromNow);
      expect(next(work.when('automatic_message'))).toEqual(work.state.next);
    });

    test('entering the status', () => {
      const back = given(inFlow({ interrupted: 'new' }), AUTO_CLOSE).when('flow_end');

      expect(next(back)).toEqual(fromNow);
      expect(next(given(closed(), AUTO_CLOSE).when('reopen'))).toEqual(fromNow);
      expect(next(given(resolved(), AUTO_CLOSE).when('reopen'))).toEqual(fromNow);
    });

    test('the end of a snooze, by hand or by itself', () => {
      const sleeping = given(inProgress(asleep), AUTO_CLOSE);

      expect(next(sleeping.when('unsnooze'))).toEqual(fromNow);
      expect(next(sleeping.at(NOW + HOUR).whenDue('snooze'))).toEqual(due('auto_close', NOW + 3 * HOUR));
    });

    test.each([
      ['assign', { agent: 'dan' }],
      ['mark_unread', {}],
      ['tag_add', {}],
    ] as const)('not %s', (type, fields) => {
      expect(work.when(type, fields).says).toBe('applied');
      expect(next(work.when(type, fields))).toEqual(work.state.next);
    });
  });

  describe('with basis customer_silence, the default', () => {
    test('customers who wait are never closed', () => {
      const silent = { ...SILENCE, auto_close: { after_seconds: 60 } };

      for (const c of [newOne(), inProgress({ last_word: 'customer', waiting_since: WROTE })])
        expect(next(given(c, silent).later(400 * DAY))).toBeNull();
    });

    test('runs from an automatic message that answers, and from no other', () => {
      const waiting = given(newOne(), SILENCE);

      expect(next(waiting.when('automatic_message', { answers: true }))).toEqual(
        due('auto_close', NOW + 2 * HOUR),
      );
      expect(next(waiting.when('automatic_message'))).toBeNull();
      expect(next(given(inProgress(), SILENCE).when('automatic_message'))).toEqual(
        due('auto_close', SINCE + 2 * HOUR),
      );
    });

    test("runs only while the episode's last word was the business's", () => {
      const silent = given(inProgress(), SILENCE);

      expect(next(silent)).toEqual(due('auto_close', SINCE + 2 * HOUR));
      expect(next(silent.when('message'))).toBeNull();
      expect(next(silent.when('message').and.later(MINUTE).when('agent_reply'))).toEqual(
        due('auto_close', NOW + MINUTE + 2 * HOUR),
      );
    });

    test('is not stopped by a reaction', () => {
      expect(next(given(inProgress(), SILENCE).when('message', { kind: 'reaction' }))).toEqual(
        due('auto_close', SINCE + 2 * HOUR),
      );
    });

    test('a new episode has no last word: a flow that hands over waits for the agent', () => {
      const handed = given(closed(), SILENCE)
        .when('flow_start')
        .and.when('flow_end', { execution: 'x2', assign: { agent: 'ben' } });

      expect(next(handed)).toBeNull();
      expect(next(handed.and.when('agent_reply'))).toEqual(due('auto_close', NOW + 2 * HOUR));
    });

    test("a customer who wrote in the flow has the last word; an agent's before it stays one", () => {
      const flow = given(inProgress(), SILENCE).when('flow_start', { has_priority: true }).and;

      expect(next(flow.when('flow_end', { execution: 'x2' }))).toEqual(due('auto_close', NOW + 2 * HOUR));
      expect(next(flow.when('message').and.when('flow_end', { execution: 'x2' }))).toBeNull();
    });
  });

  test('does not run while snoozed', () => {
    const sleeping = given(inProgress({ snoozed_until: NOW + DAY }), AUTO_CLOSE);

    expect(next(sleeping)).toEqual(due('snooze', NOW + DAY));
    expect(sleeping.at(SINCE + 2 * HOUR).whenDue('auto_close', SINCE + 2 * HOUR)).toMatchObject(NOTHING);
  });
});
