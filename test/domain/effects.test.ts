/** What the outside is told (statuses.md, "Effects"), in full. */
import type { Effect } from '../../src/domain/effects';
import {
  BEN,
  DAY,
  HOUR,
  NOW,
  SINCE,
  closed,
  given,
  inFlow,
  inProgress,
  newOne,
  ranOut,
  resolved,
  stranger,
  type Told,
} from './given';

const CSAT = { csat: { enabled: true } };
const told = ({ effects }: Told, type: Effect['type']) => effects.filter((e) => e.type === type);

describe('conversation.status_changed', () => {
  test('names both statuses, the event and the episode reached', () => {
    expect(given(closed()).when('message').effects).toEqual([
      { type: 'conversation.status_changed', from: 'closed', to: 'new', event: 'e_1', episode: 4 },
    ]);
    expect(given(stranger()).when('agent_reply').effects).toEqual([
      {
        type: 'conversation.status_changed',
        from: 'not_contacted',
        to: 'in_progress',
        event: 'e_1',
        episode: 1,
      },
    ]);
  });

  test("names a timer by the service's own event", () => {
    const { effects } = given(resolved())
      .at(SINCE + DAY)
      .whenDue('csat_timeout');

    expect(effects).toEqual([
      { type: 'conversation.status_changed', from: 'resolved', to: 'closed', event: '@timer', episode: 3 },
    ]);
  });

  test.each([
    ['message', {}],
    ['agent_reply', {}],
    ['assign', { agent: 'dan' }],
    ['tag_add', {}],
    ['snooze', {}],
  ] as const)('is not told where the status stays: %s', (type, fields) => {
    expect(given(inProgress()).when(type, fields)).toMatchObject({ says: 'applied', effects: [] });
  });
});

describe('survey.requested', () => {
  test('names the survey, whom it rates and when it runs out', () => {
    expect(told(given(inProgress(), CSAT).when('close'), 'survey.requested')).toEqual([
      { type: 'survey.requested', survey: 'c_1.1', agent: 'ben', expires_at: NOW + DAY },
    ]);
  });

  test('of a survey that never runs out', () => {
    const inbox = { csat: { enabled: true, timeout_seconds: null } };

    expect(told(given(newOne(), inbox).when('close'), 'survey.requested')).toEqual([
      { type: 'survey.requested', survey: 'c_1.1', agent: 'cleo', expires_at: null },
    ]);
  });

  test('is told of every survey, once', () => {
    const first = given(inProgress(), CSAT).when('close');
    const second = first.and.when('reopen').and.when('close');

    expect(second.tells).toEqual(['survey.requested c_1.2']);
    expect(second.and.when('mark_unread').effects).toEqual([]);
  });
});

describe('survey.answered', () => {
  test('names the survey, the agent and the answer', () => {
    expect(
      told(given(resolved()).when('csat_answer', { score: 4, comment: 'fine' }), 'survey.answered'),
    ).toEqual([
      { type: 'survey.answered', survey: 'c_1.1', agent: 'ben', score: 4, comment: 'fine', late: false },
    ]);
  });

  test('says when it is late, and tells of no change of status', () => {
    const late = closed({ survey: ranOut(NOW - DAY, { agent: null }), survey_count: 1 });

    expect(given(late).when('csat_answer', { score: 1 }).effects).toEqual([
      { type: 'survey.answered', survey: 'c_1.1', agent: null, score: 1, comment: null, late: true },
    ]);
  });

  test('of an older survey is told once, and not again when the next goes out', () => {
    const past = inProgress({ survey: ranOut(NOW - DAY), survey_count: 1 });
    const answered = given(past, CSAT).when('csat_answer');

    expect(answered.tells).toEqual(['survey.answered c_1.1']);
    expect(answered.and.when('close').tells).toEqual(['survey.requested c_1.2']);
  });
});

describe('flow.interrupted', () => {
  test.each([
    ['agent_reply', {}],
    ['close', {}],
    ['flow_start', { has_priority: true }],
  ] as const)('by %s, naming the execution to stop', (by, fields) => {
    expect(told(given(inFlow()).when(by, fields), 'flow.interrupted')).toEqual([
      { type: 'flow.interrupted', execution: 'x1', by },
    ]);
  });

  test('comes with the survey where a close asks for one', () => {
    expect(given(inFlow({}, { assignee: BEN }), CSAT).when('close').tells).toEqual([
      'flow.interrupted x1 by close',
      'survey.requested c_1.1',
    ]);
  });

  test('is not told of a flow that ended by itself or ran out', () => {
    for (const how of [
      {},
      { outcome: 'failed' },
      { outcome: 'cancelled' },
      { assign: { agent: 'ben' } },
    ] as const) {
      expect(given(inFlow()).when('flow_end', how).tells).toEqual([]);
    }
    expect(
      given(inFlow())
        .at(SINCE + DAY)
        .whenDue('flow_timeout').tells,
    ).toEqual([]);
  });

  test('is not told where work is interrupted by a flow, or a flow is started twice', () => {
    expect(given(inProgress()).when('flow_start', { has_priority: true }).tells).toEqual([]);
    expect(given(inFlow()).when('flow_start', { execution: 'x1', has_priority: true }).tells).toEqual([]);
  });
});

describe('conversation.archived', () => {
  test('is told by hand and by timer', () => {
    const inbox = { auto_archive: { after_seconds: 7200 } };

    expect(given(closed()).when('archive').effects).toEqual([{ type: 'conversation.archived' }]);
    expect(
      given(closed(), inbox)
        .at(SINCE + 2 * HOUR)
        .whenDue('auto_archive').effects,
    ).toEqual([{ type: 'conversation.archived' }]);
  });

  test('is not told of unarchiving', () => {
    expect(given(closed({ archived: true })).when('unarchive').effects).toEqual([]);
  });
});

test('ignored and refused events tell nothing', () => {
  expect(given(closed()).when('close')).toMatchObject({ says: 'ignored no_change', effects: [] });
  expect(given(resolved()).when('flow_start')).toMatchObject({ says: 'refused awaiting_csat', effects: [] });
  expect(given(inFlow()).when('message', { kind: 'reaction' })).toMatchObject({
    says: 'ignored reaction',
    effects: [],
  });
});
