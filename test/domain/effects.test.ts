/** The effects, with all their fields. */
import type { Effect } from '../../src/domain/effects';
import {
  BEN,
  DAY,
  HOUR,
  NOBODY,
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
/** Without the cause: it is the same for all effects and has tests of its own. */
const facts = ({ effects }: Told) => effects.map(({ event: _, ...fact }) => fact);
const told = (t: Told, type: Effect['type']) => facts(t).filter((e) => e.type === type);

describe('conversation.status_changed', () => {
  const changed = 'conversation.status_changed';

  test('names both statuses and the episode reached', () => {
    expect(told(given(closed()).when('message'), changed)).toEqual([
      { type: changed, from: 'closed', to: 'new', episode: 4 },
    ]);
    expect(told(given(stranger()).when('agent_reply'), changed)).toEqual([
      { type: changed, from: 'not_contacted', to: 'in_progress', episode: 1 },
    ]);
  });

  test('is told once where somebody is assigned in the same act', () => {
    const handed = given(inFlow()).when('flow_end', { assign: { agent: 'ben' } });

    expect(facts(handed)).toEqual([
      { type: changed, from: 'in_flow', to: 'in_progress', episode: 3 },
      { type: 'conversation.assigned', from: NOBODY, to: { team: null, agent: 'ben' } },
    ]);
  });

  test.each([
    ['message', {}],
    ['agent_reply', {}],
    ['assign', { agent: 'dan' }],
    ['tag_add', {}],
    ['snooze', {}],
  ] as const)('is not told where the status stays: %s', (type, fields) => {
    const same = given(inProgress()).when(type, fields);

    expect(same.says).toBe('applied');
    expect(told(same, changed)).toEqual([]);
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

describe('the event that caused it', () => {
  test('is named by id and type, with who did it', () => {
    const causes = ({ effects }: Told) => effects.map((e) => e.event);
    const closing = { id: 'e_1', type: 'close', by: 'cleo' };

    expect(causes(given(inFlow()).when('close'))).toEqual([closing, closing, closing]);
    expect(causes(given(closed()).when('message'))[0]).toEqual({ id: 'e_1', type: 'message', by: null });
    expect(causes(given(newOne()).when('assign', { agent: 'dan', by: 'ana' }))).toEqual([
      { id: 'e_1', type: 'assign', by: 'ana' },
    ]);
  });

  test("of a timer is the service's own, by nobody", () => {
    const [effect] = given(resolved())
      .at(SINCE + DAY)
      .whenDue('csat_timeout').effects;

    expect(effect?.event).toEqual({ id: '@timer', type: 'csat_timeout', by: null });
  });
});

describe('conversation.assigned', () => {
  test('says from whom to whom', () => {
    expect(facts(given(inProgress()).when('assign', { agent: 'dan' }))).toEqual([
      { type: 'conversation.assigned', from: BEN, to: { ...BEN, agent: 'dan' } },
    ]);
  });

  test('is told where a reply, a resume or a new episode does it', () => {
    const clear = { reopen_window_seconds: 7200, assignee_on_resume: 'clear' as const };

    expect(told(given(newOne()).when('agent_reply'), 'conversation.assigned')).toHaveLength(1);
    expect(told(given(closed(), clear).when('message'), 'conversation.assigned')).toHaveLength(1);
    expect(told(given(closed()).when('message'), 'conversation.assigned')).toEqual([
      { type: 'conversation.assigned', from: BEN, to: NOBODY },
    ]);
  });
});

describe('conversation.tags_changed', () => {
  const changed = (t: Told) => told(t, 'conversation.tags_changed');
  const type = 'conversation.tags_changed';

  test('is told once, with those added or removed', () => {
    expect(facts(given(inProgress()).when('tag_add', { tags: ['a', 'vip', 'b'] }))).toEqual([
      { type, added: ['a', 'b'], removed: [] },
    ]);
    expect(facts(given(inProgress()).when('tag_remove'))).toEqual([{ type, added: [], removed: ['vip'] }]);
  });

  test('is told of the tags of a flow, and of those that stay with the ended episode', () => {
    expect(changed(given(inFlow()).when('flow_end', { tags: ['hot'] }))).toEqual([
      { type, added: ['hot'], removed: [] },
    ]);
    expect(changed(given(closed()).when('message'))).toEqual([{ type, added: [], removed: ['vip'] }]);
  });

  test('is not told where they are only locked', () => {
    expect(changed(given(inProgress()).when('close'))).toEqual([]);
  });
});

describe('conversation.snoozed and .unsnoozed', () => {
  const asleep = inProgress({ snoozed_until: NOW + DAY });

  test('are told of every way into a snooze and out of it', () => {
    expect(facts(given(inProgress()).when('snooze'))).toEqual([{ type: 'conversation.snoozed' }]);
    expect(facts(given(asleep).when('snooze', { until: new Date(NOW + HOUR).toISOString() }))).toEqual([
      { type: 'conversation.snoozed' },
    ]);
    for (const event of ['unsnooze', 'message', 'agent_reply', 'close'] as const)
      expect(told(given(asleep).when(event), 'conversation.unsnoozed')).toHaveLength(1);
    expect(
      facts(
        given(asleep)
          .at(NOW + DAY)
          .whenDue('snooze'),
      ),
    ).toEqual([{ type: 'conversation.unsnoozed' }]);
  });
});

describe('episode.ended', () => {
  const ended = (t: Told) => told(t, 'episode.ended');

  test('comes with every way to close', () => {
    const end = [{ type: 'episode.ended', episode: 3 }];

    expect(ended(given(inProgress()).when('close'))).toEqual(end);
    expect(ended(given(inFlow()).when('flow_end'))).toEqual(end);
    expect(ended(given(resolved()).when('csat_answer'))).toEqual(end);
    expect(ended(given(resolved()).when('survey_failed'))).toEqual(end);
  });

  test('is told again after a resume, and not in resolved', () => {
    expect(ended(given(closed()).when('reopen').and.when('close'))).toHaveLength(1);
    expect(ended(given(inProgress(), CSAT).when('close'))).toEqual([]);
  });
});

describe('survey.failed and survey.expired', () => {
  test('name the survey, whom it rates, and why it could not be delivered', () => {
    const failed = given(resolved()).when('survey_failed', { reason: '131026' });
    const expired = given(resolved())
      .at(SINCE + DAY)
      .whenDue('csat_timeout');

    expect(told(failed, 'survey.failed')).toEqual([
      { type: 'survey.failed', survey: 'c_1.1', agent: 'ben', reason: '131026' },
    ]);
    expect(told(expired, 'survey.expired')).toEqual([
      { type: 'survey.expired', survey: 'c_1.1', agent: 'ben' },
    ]);
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

    expect(facts(given(late).when('csat_answer', { score: 1 }))).toEqual([
      { type: 'survey.answered', survey: 'c_1.1', agent: null, score: 1, comment: null, late: true },
    ]);
  });

  test('is told again when the words come after the score', () => {
    const commented = given(resolved()).when('csat_answer', { score: 4 }).and.when('csat_comment');

    expect(facts(commented)).toEqual([
      { type: 'survey.answered', survey: 'c_1.1', agent: 'ben', score: 4, comment: 'quick', late: false },
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

  test('by timeout: the engine may still run it', () => {
    const over = given(inFlow())
      .at(SINCE + DAY)
      .whenDue('flow_timeout');

    expect(told(over, 'flow.interrupted')).toEqual([
      { type: 'flow.interrupted', execution: 'x1', by: 'timeout' },
    ]);
  });

  test('is not told of a flow that ended by itself', () => {
    for (const how of [
      {},
      { outcome: 'failed' },
      { outcome: 'expired' },
      { outcome: 'cancelled' },
      { assign: { agent: 'ben' } },
    ] as const) {
      expect(given(inFlow()).when('flow_end', how).tells).toEqual([]);
    }
  });

  test('is not told where work is interrupted by a flow, or a flow is started twice', () => {
    expect(given(inProgress()).when('flow_start', { has_priority: true }).tells).toEqual([]);
    expect(given(inFlow()).when('flow_start', { execution: 'x1', has_priority: true }).tells).toEqual([]);
  });
});

describe('conversation.archived and .unarchived', () => {
  const out = [{ type: 'conversation.unarchived' }];
  const archived = closed({ archived: true, archived_at: SINCE });

  test('are told by hand and by timer', () => {
    const inbox = { auto_archive: { after_seconds: 7200 } };
    const byTimer = given(closed(), inbox)
      .at(SINCE + 2 * HOUR)
      .whenDue('auto_archive');

    expect(facts(given(closed()).when('archive'))).toEqual([{ type: 'conversation.archived' }]);
    expect(facts(byTimer)).toEqual([{ type: 'conversation.archived' }]);
    expect(facts(given(archived).when('unarchive'))).toEqual(out);
  });

  test('are told where the work comes back from the archive', () => {
    expect(told(given(archived).when('message'), 'conversation.unarchived')).toEqual(out);
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
