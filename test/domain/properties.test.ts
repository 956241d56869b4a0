/** What is true of every state and every decision of any life. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { STATUSES, type Conversation, type Survey } from '../../src/domain/conversation';
import { nextDeadline } from '../../src/domain/deadlines';
import { decide } from '../../src/domain/decide';
import type { Effect } from '../../src/domain/effects';
import { EVENT_TYPES, TIMER_EVENTS, type AnyEvent } from '../../src/domain/events';
import { conversationRecord } from '../../src/domain/record-schema';
import { fromRecord, toKept, toRecord, type Kept } from '../../src/domain/record';
import { DAY, frozen } from './given';
import { event, life, live, settings, type Step } from './lives';

/** `RUNS=100000 npx jest test/domain/properties` looks further. */
const numRuns = Number(process.env.RUNS ?? 2000);
const seed = Number(process.env.SEED ?? Date.now() & 0x7fffffff);

/** Each must be true of every decision. */
const INVARIANTS: Record<string, (step: Step) => void> = {
  'version + 1 for each applied decision, unchanged otherwise': ({ before, decision, after, now }) => {
    const applied = decision.verdict === 'applied';
    equal(after.version, before.version + (applied ? 1 : 0));
    equal(after.updated_at, applied ? now : before.updated_at);
  },

  'what is ignored or refused changes nothing and tells nothing': ({ before, decision, after }) => {
    if (decision.verdict === 'applied') return;
    equal(after, before);
    equal(decision.effects, []);
  },

  'what is applied changes something, or somebody wrote': ({ before, event: e, decision, after }) => {
    const { version, updated_at } = after;
    if (decision.verdict === 'applied' && !wrote(e) && e.type !== 'automatic_message')
      assert.notDeepEqual({ ...before, version, updated_at }, after);
  },

  'each status has its own fields and no others: a flow only in_flow': ({ after }) => {
    const own = ['flow', 'snoozed_until', 'close', 'closed_at', 'kept_unarchived'];
    equal(
      own.filter((field) => field in after),
      OWN[after.status],
    );
  },

  'facts of the past change only by the event that makes them': ({ before, event: e, after }) => {
    equal(after.created_at, before.created_at);
    if (e.type !== 'message') equal(after.last_customer_message_at, before.last_customer_message_at);
    if (e.type !== 'agent_reply') equal(after.last_agent_reply_at, before.last_agent_reply_at);
    if (e.type !== 'automatic_message')
      equal(after.last_automatic_message_at, before.last_automatic_message_at);
    if (after.episode === before.episode)
      equal([after.started_at, after.opened_by], [before.started_at, before.opened_by]);
  },

  'closed: every tag is locked; no two tags share a name': ({ after }) => {
    if (after.status === 'closed') equal(after.tags.filter((t) => !t.locked), []); // prettier-ignore
    equal(new Set(after.tags.map((t) => t.name)).size, after.tags.length);
  },

  'a locked tag stays, locked, until its episode is over': ({ before, after }) => {
    if (after.episode !== before.episode) return;
    const locked = ({ tags }: Conversation) => tags.filter((t) => t.locked).map((t) => t.name);
    assert(locked(before).every((name) => locked(after).includes(name)));
  },

  'one survey is pending in resolved, the one shown, and none elsewhere': ({ after }) => {
    equal(surveysIn(after, 'pending'), after.status === 'resolved' ? [after.survey] : []);
  },

  'what a conversation keeps is bounded': ({ after }) => {
    assert(after.tags.length <= 100 && after.agents.length <= 100);
    assert(surveys(after).length <= 20 && after.ended_executions.length <= 20);
  },

  'surveys are numbered from 1, newest first, and the last is there': ({ after }) => {
    const kept = surveys(after);
    equal(
      kept.map((s) => s.survey),
      kept.map((_, i) => `c_1.${after.survey_count - i}`),
    );
    equal(kept.length > 0, after.survey_count > 0);
  },

  'an answer is never rewritten, and only an answered survey has one': ({ before, after }) => {
    for (const s of surveys(after))
      equal([s.score !== null, s.answered_at !== null], [answered(s), answered(s)]);
    for (const was of surveys(before).filter(answered)) {
      const is = surveys(after).find((s) => s.survey === was.survey);
      if (is) equal(is, { ...was, comment: was.comment ? was.comment : is.comment });
    }
  },

  'one timer or none is next, and it is the deadline of the state': ({ after, settings: inForce }) => {
    equal(after.next, nextDeadline(after, inForce));
  },

  'a timer acts if and only if its deadline has come': ({ before: { next }, event: e, decision, now }) => {
    if (!('due_at' in e)) return;
    const due = next !== null && TIMER_EVENTS[next.timer] === e.type && next.due_at <= now;
    equal(decision.verdict, due ? 'applied' : 'ignored');
  },

  "reaching resolved or closed clears unread and waiting_since, but no flow clears an agent's mark": (
    step,
  ) => {
    const { before, event: e, after } = step;
    if (after.status !== 'resolved' && after.status !== 'closed') return;
    equal(after.waiting_since, null);
    const byItsFlow = e.type === 'flow_end' || e.type === 'flow_timeout';
    if (before.status !== after.status) equal(after.unread, byItsFlow && before.unread);
  },

  'a blocked contact’s messages are ignored, its flows refused, and it gets no survey': ({
    before,
    event: e,
    after,
  }) => {
    if (!before.blocked) return;
    if (e.type === 'message') equal(after, before);
    equal(after.survey_count, before.survey_count);
    if (before.status !== 'in_flow') assert(after.status !== 'in_flow');
  },

  'no broadcast reaches one who opted out': ({ before, event: e, decision }) => {
    if (before.opted_out && e.type === 'flow_start' && e.source === 'broadcast')
      assert(decision.verdict !== 'applied');
  },

  'an execution that ended is remembered, and none of those starts again': ({ before, event: e, after }) => {
    if (e.type === 'flow_start' && before.ended_executions.includes(e.execution)) equal(after, before);
    if (before.status !== 'in_flow') return equal(after.ended_executions, before.ended_executions);
    const runs = after.status === 'in_flow' && after.flow.execution === before.flow.execution;
    const ended = [...(runs ? [] : [before.flow.execution]), ...before.ended_executions];
    equal(after.ended_executions, ended.slice(0, 20));
  },

  'untouched is over once somebody was assigned or replied, or a flow ended': ({ before, after }) => {
    const same = before.episode === after.episode;
    const touched =
      (same && !before.untouched) ||
      Object.values(after.assignee).some((part) => part !== null) ||
      after.first_reply_at !== null ||
      after.ended_executions !== before.ended_executions;
    equal(after.untouched, !touched);
  },

  'the window counts from the latest own time of a message, and only messages move it': (step) => {
    const { before, event: e, decision, after, settings: inForce, now } = step;
    const seconds = inForce.customer_window_seconds;
    const from = after.window_opened_at;
    if (decision.verdict === 'applied')
      equal(after.window_closes_at, from === null || seconds === null ? null : from + seconds * 1000);
    if (e.type !== 'message' || decision.verdict !== 'applied') return equal(from, before.window_opened_at);
    assert(from !== null && from >= (before.window_opened_at ?? now - 7 * DAY));
    assert(from <= Math.max(now, before.window_opened_at ?? now));
  },

  'waiting_on follows from status and waiting_since': ({ after }) => {
    const on = toRecord('support', after).waiting_on;
    if (after.waiting_since !== null && ['new', 'in_progress'].includes(after.status)) equal(on, 'agent');
    else equal(on, WAITED_ON[after.status]);
  },

  'a conversation in new, in_progress or not_contacted is never archived': ({ after }) => {
    if (['not_contacted', 'new', 'in_progress'].includes(after.status)) equal(after.archived, false);
    equal(after.archived_at !== null, after.archived);
  },

  'an episode begins only from closed or not_contacted, never by reopen': ({ before, event: e, after }) => {
    if (after.episode === before.episode) return;
    equal(after.episode, before.episode + 1);
    assert(before.status === 'closed' || before.status === 'not_contacted');
    assert(e.type !== 'reopen');
  },

  'no conversation becomes not_contacted again': ({ before, after }) => {
    equal(after.episode > 0, after.status !== 'not_contacted');
    if (before.status !== 'not_contacted') assert(after.status !== 'not_contacted');
  },

  'with no reopen window, what is written after the close begins an episode': (step) => {
    const { before, after, event: e, settings: inForce, decision } = step;
    if (before.status !== 'closed' || !wrote(e) || decision.verdict !== 'applied') return;
    const isRating = after.status === 'closed';
    if (!inForce.reopen_window_seconds && !isRating) equal(after.episode, before.episode + 1);
  },

  'the effects tell exactly what changed': (step) => {
    const { before, after, decision } = step;
    const { status: from } = before;
    const { status: to, episode } = after;
    const moved = from !== to;
    equal(
      told(step, 'conversation.status_changed'),
      moved ? [{ type: 'conversation.status_changed', from, to, episode }] : [],
    );
    equal(told(step, 'episode.ended'), moved && to === 'closed' ? [{ type: 'episode.ended', episode }] : []);
    equal(told(step, 'survey.requested').length, after.survey_count - before.survey_count);
    equal(told(step, 'survey.requested').length, moved && to === 'resolved' ? 1 : 0);
    equal(told(step, 'survey.answered').length, answersTaken(step));
    for (const state of ['failed', 'expired'] as const)
      equal(told(step, `survey.${state}`).length, newIn(step, state));
    equal(told(step, 'conversation.archived').length, after.archived && !before.archived ? 1 : 0);
    equal(told(step, 'conversation.unarchived').length, !after.archived && before.archived ? 1 : 0);
    equal(told(step, 'flow.interrupted').length, flowCutShort(step) ? 1 : 0);
    const { assignee } = after;
    const others = JSON.stringify(assignee) !== JSON.stringify(before.assignee);
    equal(
      told(step, 'conversation.assigned'),
      others ? [{ type: 'conversation.assigned', from: before.assignee, to: assignee }] : [],
    );
    equal(new Set(decision.effects.map((e) => e.type)).size, decision.effects.length);
  },

  'a receiver can follow tags and snoozes from their effects': (step) => {
    const { before, after } = step;
    const [tags] = told(step, 'conversation.tags_changed') as { added: string[]; removed: string[] }[];
    const names = ({ tags: all }: Conversation) => all.map((t) => t.name);
    const followed = [...names(before).filter((n) => !tags?.removed.includes(n)), ...(tags?.added ?? [])];
    equal(followed.sort(), names(after).sort());
    const until = (c: Conversation) => ('snoozed_until' in c ? c.snoozed_until : null);
    const moved = until(before) !== until(after);
    equal(told(step, 'conversation.snoozed').length, moved && until(after) !== null ? 1 : 0);
    equal(told(step, 'conversation.unsnoozed').length, moved && until(after) === null ? 1 : 0);
  },

  'each effect names the event that caused it, and who did': ({ event: e, decision: { effects } }) => {
    const agent = ['agent_reply', 'close', 'reopen'].includes(e.type) && 'agent' in e ? e.agent : null;
    const by = ('by' in e ? e.by : undefined) ?? agent ?? null;
    for (const { event: cause } of effects) equal(cause, { id: e.id, type: e.type, by });
  },

  'the state and the effects are plain JSON': ({ after, decision: { effects } }) => {
    equal(asJson({ after, effects }), { after, effects });
  },

  'the row holds the state: it is read back as it was': ({ before, after }) => {
    if (after !== before) equal(throughTheRow(after), after);
  },
};

const WAITED_ON = {
  not_contacted: 'nobody',
  new: 'customer',
  in_progress: 'customer',
  in_flow: 'bot',
  resolved: 'survey',
  closed: 'nobody',
};

const OWN = {
  not_contacted: [],
  new: ['snoozed_until'],
  in_progress: ['snoozed_until'],
  in_flow: ['flow'],
  resolved: ['close'],
  closed: ['close', 'closed_at', 'kept_unarchived'],
};

/** Strict: an undefined field is not the same as an absent one. */
function equal(actual: unknown, expected: unknown) {
  assert.deepEqual(actual, expected);
}

const wrote = (e: AnyEvent) => e.type === 'message' || e.type === 'agent_reply';
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const surveys = (c: Conversation): Survey[] => [...(c.survey ? [c.survey] : []), ...c.past_surveys];
const surveysIn = (c: Conversation, state: Survey['state']) => surveys(c).filter((s) => s.state === state);
const answered = (s: Survey) => s.state === 'answered';
/** Without what caused it. */
const told = ({ decision }: Step, type: Effect['type']) =>
  decision.effects.flatMap(({ event: _, ...fact }) => (fact.type === type ? [fact] : []));

function newIn({ before, after }: Step, state: Survey['state']) {
  const known = surveysIn(before, state).map((s) => s.survey);
  return surveysIn(after, state).filter((s) => !known.includes(s.survey)).length;
}

/** An answer, or a comment to one. */
function answersTaken({ before, after }: Step) {
  const known = surveysIn(before, 'answered').map((s) => `${s.survey} ${s.comment}`);
  return surveysIn(after, 'answered').filter((s) => !known.includes(`${s.survey} ${s.comment}`)).length;
}

function flowCutShort({ before, after, event: e }: Step) {
  const cuts = ['agent_reply', 'close', 'flow_start', 'flow_timeout'].includes(e.type);
  if (before.status !== 'in_flow' || !cuts) return false;
  return after.status !== 'in_flow' || after.flow.execution !== before.flow.execution;
}

/** As PostgreSQL returns it: written as JSON and read again. */
function throughTheRow(c: Conversation): Conversation {
  const row = conversationRecord.parse(asJson(toRecord('support', c)));
  return fromRecord({ ...row, ...(asJson(toKept(c)) as Kept) });
}

/**
 * The lives run once for all invariants. If one breaks, it is searched again from the same seed, and the life
 * is shrunk.
 */
const steps = fc.sample(life, { numRuns, seed }).flatMap((l) => live(l));

describe('in every life', () => {
  test.each(Object.entries(INVARIANTS))('%s', (_, holds) => {
    try {
      steps.forEach(holds);
    } catch {
      fc.assert(
        fc.property(life, (l) => live(l).forEach(holds)),
        { numRuns, seed },
      );
      throw new Error(`broken, but not found again: run with SEED=${seed}`);
    }
  });
});

test('lives reach every status, apply every event and timer, and meet every reason and rule', () => {
  const met = new Set(
    steps.flatMap(({ after, event: e, decision }) => [
      after.status,
      `${e.type} ${says(decision)}`,
      says(decision),
    ]),
  );

  const applied = [...EVENT_TYPES, ...Object.values(TIMER_EVENTS), 'settings_changed'].map(
    (type) => `${type} applied`,
  );
  const reasons = ['no_change', 'stale_flow', 'reaction', 'courtesy', 'blocked'];
  const rules = [
    'blocked',
    'opted_out',
    'execution_ended',
    'reopen_window',
    'not_contacted',
    'conversation_open',
    'in_flow',
    'awaiting_csat',
    'not_open',
    'not_closed',
    'no_survey',
    'survey_answered',
    'survey_expired',
    'tags_locked',
  ];
  const all = [...STATUSES, ...applied, ...reasons, ...rules];
  expect(all.filter((one) => !met.has(one))).toEqual([]);
});

function says(d: Step['decision']) {
  if (d.verdict === 'applied') return d.verdict;
  return d.verdict === 'ignored' ? d.reason : d.rule;
}

test('a life whose state goes through a row after each decision is the same life', () => {
  fc.assert(
    fc.property(life, (l) => equal(live(l, throughTheRow), live(l))),
    { numRuns: Math.ceil(numRuns / 4), seed },
  );
});

test('decide is total: any state, event, settings and clock have an answer', () => {
  const clock = fc.integer({ min: -8.64e15, max: 8.64e15 });

  fc.assert(
    fc.property(life, event, settings, clock, (l, e, s, now) => {
      const last = live(l).at(-1)?.after;
      if (last)
        assert(['applied', 'ignored', 'refused'].includes(decide(last, frozen(e), frozen(s), now).verdict));
    }),
    { numRuns: Math.ceil(numRuns / 4), seed },
  );
});

test('a conversation left alone comes to rest: no timer leads back to one that has acted', () => {
  fc.assert(
    fc.property(life, (l) => {
      const lived = live(l).at(-1);
      for (let n = 0, c = lived?.after; c?.next && lived; n++) {
        assert(n < 5);
        const due = { id: `@${n}`, type: TIMER_EVENTS[c.next.timer], due_at: c.next.due_at };
        c = decide(c, due, lived.settings, c.next.due_at).state;
      }
    }),
    { numRuns: Math.ceil(numRuns / 4), seed },
  );
});
