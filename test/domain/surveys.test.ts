/** C-SAT (the row `csat_answer` of docs/statuses.md, and the bullets below its table). */
import type { Conversation, Survey } from '../../src/domain/conversation';
import {
  BY_BEN,
  DAY,
  HOUR,
  LOCKED_VIP,
  NOW,
  SINCE,
  closed,
  given,
  type Given,
  type Inbox,
  inFlow,
  inProgress,
  newOne,
  ranOut,
  resolved,
  survey,
} from './given';

const CSAT = { csat: { enabled: true } };
const one = (last: Survey) => ({ survey: last, survey_count: 1 });

describe('a survey that goes out', () => {
  test('is told of in full', () => {
    const { changes } = given(inProgress(), CSAT).when('close');

    expect(changes.survey).toEqual({
      survey: 'c_1.1',
      episode: 3,
      state: 'pending',
      agent: 'ben',
      asked_at: NOW,
      expires_at: NOW + DAY,
      score: null,
      comment: null,
      answered_at: null,
      late: false,
      failure: null,
    });
  });

  test('rates assignee.agent, or the closing agent where nobody is assigned', () => {
    expect(given(inProgress(), CSAT).when('close', { agent: 'cleo' }).state.survey).toMatchObject({
      agent: 'ben',
    });
    expect(given(newOne(), CSAT).when('close', { agent: 'cleo' }).state.survey).toMatchObject({
      agent: 'cleo',
    });
  });

  test('keeps whom it rates when the conversation is assigned anew', () => {
    expect(given(resolved()).when('assign', { agent: 'dan' }).state.survey).toMatchObject({ agent: 'ben' });
  });

  test('has the next number, and the one before can still be named', () => {
    const { state } = given(inProgress(one(ranOut(SINCE))), CSAT).when('close');

    expect(state.survey).toMatchObject({ survey: 'c_1.2', state: 'pending' });
    expect(state.past_surveys).toEqual([ranOut(SINCE)]);
  });

  test('leaves nineteen before it to be named, as they were', () => {
    const inbox = { csat: { enabled: true, late_answer_seconds: 365 * 86_400 } };
    const asked = (g: Given) => g.when('close').and.later(DAY).whenDue('csat_timeout').and.when('reopen').and;
    const often = Array.from({ length: 22 }).reduce<Given>(asked, given(inProgress(), inbox));

    expect(often.state.survey?.survey).toBe('c_1.22');
    for (let n = 3; n <= 22; n++)
      expect(often.when('csat_answer', { survey: `c_1.${n}` }).says).toBe('applied');
    expect(often.when('csat_answer', { survey: 'c_1.2' }).says).toBe('refused no_survey');
  });

  test('never runs out with csat.timeout_seconds off', () => {
    const { state } = given(inProgress(), { csat: { enabled: true, timeout_seconds: null } }).when('close');

    expect(state).toMatchObject({ survey: { expires_at: null }, next: null });
  });
});

describe('a survey is asked', () => {
  const asks = (c: Conversation, csat: Inbox['csat'] = {}, fields: { skip_survey?: boolean } = {}) =>
    given(c, { csat: { enabled: true, ...csat } }).when('close', fields).state.status === 'resolved';
  const lately = (ago: number) => inProgress(one(survey({ state: 'superseded', asked_at: NOW - ago })));

  test('where C-SAT is on and nobody skips it', () => {
    expect(asks(inProgress())).toBe(true);
    expect(asks(inProgress(), { enabled: false })).toBe(false);
    expect(asks(inProgress(), {}, { skip_survey: true })).toBe(false);
  });

  test('where no tag is in csat.skip_tags', () => {
    expect(asks(inProgress(), { skip_tags: ['spam', 'vip'] })).toBe(false);
    expect(asks(inProgress({ tags: [LOCKED_VIP] }), { skip_tags: ['vip'] })).toBe(false);
    expect(asks(inProgress(), { skip_tags: ['spam'] })).toBe(true);
  });

  test('where the last one was asked at least csat.pause_seconds ago', () => {
    expect(asks(lately(HOUR - 1), { pause_seconds: 3600 })).toBe(false);
    expect(asks(lately(HOUR), { pause_seconds: 3600 })).toBe(true);
    expect(asks(inProgress(), { pause_seconds: 3600 })).toBe(true);
    for (const pause_seconds of [0, null]) expect(asks(lately(-HOUR), { pause_seconds })).toBe(true);
  });

  test('not of a contact who is blocked; of one who opted out it is', () => {
    expect(asks(inProgress({ blocked: true }))).toBe(false);
    expect(asks(inProgress({ opted_out: true }))).toBe(true);
  });

  test('by the same rules after an auto-close', () => {
    const csat = { enabled: true, on_auto_close: true, skip_tags: ['vip'] };
    const inbox = { auto_close: { after_seconds: 7200 }, csat };
    const due = (c: Conversation) => given(c, inbox).later(DAY).whenDue('auto_close').state.status;

    expect(due(inProgress())).toBe('closed');
    expect(due(inProgress({ tags: [] }))).toBe('resolved');
    expect(due(inProgress({ tags: [], blocked: true }))).toBe('closed');
  });

  test('once, of two closes within an hour with a pause of a day', () => {
    const inbox = { csat: { enabled: true, pause_seconds: 86_400 } };
    const first = given(inProgress(), inbox).when('close').and.when('csat_answer').and;
    const second = first.later(HOUR).when('reopen').and.when('close');

    expect(second.state).toMatchObject({ status: 'closed', survey_count: 1 });
  });
});

describe('the survey shown', () => {
  test.each(['message', 'agent_reply', 'flow_start'] as const)(
    'stays the last through the next episode: %s',
    (type) => {
      const answered = survey({ state: 'answered', score: 4 });

      expect(given(closed(one(answered))).when(type).state).toMatchObject({ episode: 4, survey: answered });
    },
  );

  test('stays what it was when the conversation is closed without one', () => {
    const answered = survey({ state: 'answered', score: 4 });
    const { state } = given(inProgress(one(answered)), CSAT).when('close', { skip_survey: true });

    expect(state.survey).toEqual(answered);
  });
});

describe('an answer', () => {
  test.each([1, 5])('is kept: score %i and comment', (score) => {
    const { state } = given(resolved()).when('csat_answer', { score, comment: 'fast' });

    expect(state.survey).toEqual(survey({ state: 'answered', score, comment: 'fast', answered_at: NOW }));
  });

  test('may name the pending survey', () => {
    expect(given(resolved()).when('csat_answer', { survey: 'c_1.1' }).state.status).toBe('closed');
  });

  test('that names an unknown one is refused', () => {
    for (const c of [newOne(), inProgress(), inFlow(), resolved(), closed()]) {
      expect(given(c).when('csat_answer', { survey: 'c_1.99' })).toMatchObject({
        says: 'refused no_survey',
        changes: {},
      });
    }
  });

  test('comes once: the first stands', () => {
    const second = given(resolved()).when('csat_answer', { score: 1 }).and.when('csat_answer', { score: 5 });

    expect(second).toMatchObject({ says: 'refused survey_answered', state: { survey: { score: 1 } } });
  });

  test.each([
    ['message', {}],
    ['agent_reply', {}],
    ['reopen', {}],
    ['flow_start', { has_priority: true }],
    ['close', { skip_survey: true }],
  ] as const)('comes too late once %s has superseded it', (type, fields) => {
    const gone = given(resolved()).when(type, fields);

    expect(gone.state.survey).toMatchObject({ state: 'superseded', score: null });
    expect(gone.and.when('csat_answer').says).toBe('refused no_survey');
  });
});

describe('a late answer', () => {
  const LATE = 1_209_600_000;
  const late = (c: typeof closed, settings = {}) => given(c(one(ranOut(SINCE))), { csat: settings });

  test('is taken up to the last millisecond before csat.late_answer_seconds', () => {
    for (const at of [SINCE, SINCE + HOUR, SINCE + LATE - 1]) {
      expect(late(closed).at(at).when('csat_answer').changes).toEqual({
        survey: ranOut(SINCE, { state: 'answered', score: 5, answered_at: at, late: true }),
      });
    }
  });

  test('is refused from then on', () => {
    expect(
      late(closed)
        .at(SINCE + LATE)
        .when('csat_answer').says,
    ).toBe('refused survey_expired');
    expect(
      late(closed)
        .at(SINCE + LATE + DAY)
        .when('csat_answer').says,
    ).toBe('refused survey_expired');
  });

  test('is refused by another setting', () => {
    const short = late(closed, { late_answer_seconds: 60 });

    expect(short.at(SINCE + 59_999).when('csat_answer').says).toBe('applied');
    expect(short.at(SINCE + 60_000).when('csat_answer').says).toBe('refused survey_expired');
  });

  test('is never taken with late answers off', () => {
    expect(late(closed, { late_answer_seconds: null }).at(SINCE).when('csat_answer').says).toBe(
      'refused survey_expired',
    );
  });

  test('stands: a second one is refused', () => {
    expect(late(closed).when('csat_answer').and.when('csat_answer').says).toBe('refused survey_answered');
  });

  test('comes after a time-out as it happens', () => {
    const story = given(inProgress(), CSAT)
      .when('close')
      .and.later(DAY)
      .whenDue('csat_timeout')
      .and.later(HOUR);

    expect(story.when('csat_answer')).toMatchObject({
      says: 'applied',
      state: { status: 'closed', survey: { late: true } },
    });
  });

  test('reaches a survey of an earlier episode, whose it stays', () => {
    const { state } = late(closed).when('message').and.when('csat_answer');

    expect(state).toMatchObject({
      status: 'new',
      episode: 4,
      survey: { episode: 3, state: 'answered', late: true },
    });
  });
});

describe('an answer that names an older survey', () => {
  const [answered, superseded] = [
    survey({ state: 'answered', score: 2 }),
    survey({ survey: 'c_1.2', state: 'superseded' }),
  ];
  const [lately, long] = [
    ranOut(NOW - DAY, { survey: 'c_1.3' }),
    ranOut(NOW - 15 * DAY, { survey: 'c_1.4' }),
  ];
  const five = {
    survey: survey({ survey: 'c_1.5' }),
    survey_count: 5,
    past_surveys: [long, lately, superseded, answered],
  };

  test.each([
    ['c_1.1', 'refused survey_answered'],
    ['c_1.2', 'refused no_survey'],
    ['c_1.4', 'refused survey_expired'],
  ])('%s: %s, and the pending one is awaited still', (name, says) => {
    expect(given(resolved(five)).when('csat_answer', { survey: name })).toMatchObject({ says, changes: {} });
  });

  test('is taken late, and the pending one is awaited still', () => {
    const told = given(resolved(five)).when('csat_answer', { survey: 'c_1.3' });

    expect(told).toMatchObject({ says: 'applied', changes: {}, tells: ['survey.answered c_1.3'] });
    expect(told.state.past_surveys[1]).toEqual({
      ...lately,
      state: 'answered',
      score: 5,
      answered_at: NOW,
      late: true,
    });
    expect(told.and.when('csat_answer', { survey: 'c_1.3' }).says).toBe('refused survey_answered');
  });

  test('unnamed, it is for the last', () => {
    expect(given(resolved(five)).when('csat_answer').state).toMatchObject({
      status: 'closed',
      survey: { survey: 'c_1.5' },
    });
  });

  test('is taken in every status', () => {
    const past = { ...five, survey: survey({ survey: 'c_1.5', state: 'superseded' as const }) };

    for (const c of [newOne(past), inProgress(past), inFlow({}, past), closed(past)]) {
      const told = given(c).when('csat_answer', { survey: 'c_1.3' });
      expect(told).toMatchObject({ says: 'applied', state: { status: c.status } });
    }
  });
});

describe('a survey that cannot be delivered', () => {
  test('closes at once and says why; what ended the work stands', () => {
    const { state } = given(resolved()).when('survey_failed', { reason: '131026' });

    expect(state).toMatchObject({ status: 'closed', close: BY_BEN, closed_at: NOW });
    expect(state.survey).toMatchObject({ state: 'failed', failure: '131026', score: null });
  });

  test('may be named; any other is refused, and the pending one is awaited still', () => {
    const two = resolved({ survey: survey({ survey: 'c_1.2' }), survey_count: 2, past_surveys: [survey()] });

    expect(given(two).when('survey_failed', { survey: 'c_1.2' }).state.status).toBe('closed');
    for (const name of ['c_1.1', 'c_1.99'])
      expect(given(two).when('survey_failed', { survey: name })).toMatchObject({
        says: 'refused no_survey',
        changes: {},
      });
  });

  test('takes neither an answer nor words any more', () => {
    const gone = given(resolved()).when('survey_failed').and;

    expect(gone.when('csat_answer').says).toBe('refused no_survey');
    expect(gone.when('csat_comment').says).toBe('refused no_survey');
    expect(gone.when('survey_failed').says).toBe('refused no_survey');
  });

  test('is one that was asked: the pause counts from it', () => {
    const inbox = { csat: { enabled: true, pause_seconds: 86_400 } };
    const again = given(resolved(), inbox).when('survey_failed').and.when('reopen').and;

    expect(again.at(SINCE + DAY - 1).when('close').state.status).toBe('closed');
    expect(again.at(SINCE + DAY).when('close').state.status).toBe('resolved');
  });
});

describe('words that come after the score', () => {
  const scored = given(resolved()).when('csat_answer', { score: 4 }).and;
  const LATE = 1_209_600_000;

  test('are kept, once; a second comment is refused', () => {
    const first = scored.when('csat_comment', { comment: 'fast' });

    expect(first.state).toMatchObject({ status: 'closed', survey: { score: 4, comment: 'fast' } });
    expect(first.and.when('csat_comment', { comment: 'slow' })).toMatchObject({
      says: 'refused survey_answered',
      changes: {},
    });
  });

  test('are taken up to the last millisecond before csat.late_answer_seconds, from the answer', () => {
    expect(scored.later(LATE - 1).when('csat_comment').says).toBe('applied');
    expect(scored.later(LATE).when('csat_comment').says).toBe('refused survey_expired');
    const commented = scored.when('csat_comment').and;
    expect(commented.later(LATE).when('csat_comment').says).toBe('refused survey_expired');
  });

  test('follow an answer without words or with empty ones', () => {
    const empty = given(resolved()).when('csat_answer', { comment: '' }).and;

    expect(empty.when('csat_comment').state.survey).toMatchObject({ comment: 'quick' });
  });

  test('may name an older survey, and come in a later episode', () => {
    const later = scored.when('message').and.when('csat_comment', { survey: 'c_1.1' });

    expect(later).toMatchObject({ says: 'applied', state: { status: 'new', unread: true } });
    expect(scored.when('csat_comment', { survey: 'c_1.99' }).says).toBe('refused no_survey');
  });

  test('follow a late answer and a typed rating too', () => {
    const late = given(closed(one(ranOut(SINCE)))).when('csat_answer').and;
    const typed = given(resolved()).when('message', { rating: 3 }).and;

    for (const answered of [late, typed]) expect(answered.when('csat_comment').says).toBe('applied');
  });
});

describe('a rating typed as a message', () => {
  const said = { rating: 2, occurred_at: new Date(NOW - HOUR).toISOString() };
  const heard = {
    last_customer_message_at: NOW,
    window_opened_at: NOW - HOUR,
    window_closes_at: NOW + 23 * HOUR,
  };

  test('in resolved is the answer: the close keeps its facts, and the window moves', () => {
    const { state } = given(resolved()).when('message', said);

    expect(state).toMatchObject({ status: 'closed', close: BY_BEN, unread: false, waiting_since: null });
    expect(state).toMatchObject({ ...heard, survey: { state: 'answered', score: 2, late: false } });
  });

  test('after a time-out is the late answer, up to the last millisecond, and the window moves', () => {
    const over = given(closed(one(ranOut(SINCE))), { csat: { late_answer_seconds: 3600 } });

    expect(over.at(SINCE + HOUR - 1).when('message', said).state).toMatchObject({
      status: 'closed',
      episode: 3,
      survey: { score: 2, late: true },
      window_opened_at: NOW - HOUR,
    });
    expect(over.at(SINCE + HOUR).when('message', said).state).toMatchObject({ status: 'new', episode: 4 });
  });

  test('is no word that somebody waits for: a reopened conversation is closed in its time', () => {
    const typed = given(resolved(), { auto_close: { after_seconds: 7200 } }).when('message', said).and;

    expect(typed.when('reopen').state.next).toEqual({ timer: 'auto_close', due_at: NOW + 2 * HOUR });
  });

  test.each(['answered', 'superseded', 'failed'] as const)(
    'after a survey that is %s is a message',
    (state) => {
      const { state: after } = given(closed(one(survey({ state })))).when('message', said);

      expect(after).toMatchObject({ status: 'new', unread: true, survey: { state } });
    },
  );

  test.each([newOne(), inProgress(), inFlow()])('in the middle of a talk ($status) is a message', (c) => {
    const asked = { ...c, ...one(ranOut(SINCE)) };

    expect(given(asked).when('message', said).changes).toEqual(
      given(asked).when('message', { occurred_at: said.occurred_at }).changes,
    );
  });

  test('that is also a courtesy is a rating first, and else a courtesy', () => {
    const thumb = { ...said, kind: 'courtesy' as const };

    expect(given(resolved()).when('message', thumb).tells).toEqual(['survey.answered c_1.1']);
    expect(given(closed(one(ranOut(SINCE)))).when('message', thumb).tells).toEqual(['survey.answered c_1.1']);
    expect(given(closed()).when('message', thumb).says).toBe('ignored courtesy');
    expect(given(inProgress()).when('message', thumb).changes).toMatchObject({ unread: true });
  });

  test('that is a reaction is ignored', () => {
    expect(given(resolved()).when('message', { ...said, kind: 'reaction' }).says).toBe('ignored reaction');
  });
});
