/** C-SAT (statuses.md, "The table": row `csat_answer`, and the bullets below). */
import type { Survey } from '../../src/domain/conversation';
import {
  DAY,
  HOUR,
  NOW,
  SINCE,
  closed,
  given,
  type Given,
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

  test('leaves the ten before it to be named, as they were', () => {
    const asked = (g: Given) => g.when('close').and.later(DAY).whenDue('csat_timeout').and.when('reopen').and;
    const often = Array.from({ length: 12 }).reduce<Given>(asked, given(inProgress(), CSAT));

    expect(often.state.survey?.survey).toBe('c_1.12');
    for (let n = 2; n <= 12; n++)
      expect(often.when('csat_answer', { survey: `c_1.${n}` }).says).toBe('applied');
    expect(often.when('csat_answer', { survey: 'c_1.1' }).says).toBe('refused no_survey');
  });

  test('never runs out with csat.timeout_seconds off', () => {
    const { state } = given(inProgress(), { csat: { enabled: true, timeout_seconds: null } }).when('close');

    expect(state).toMatchObject({ survey: { expires_at: null }, next: null });
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
