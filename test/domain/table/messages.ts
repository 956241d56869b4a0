/** `message`, `agent_reply` and `automatic_message`. */
import { DAY, FLOW, NOBODY, NOW, LOCKED_VIP, closed, inProgress, ranOut, resolved, survey } from '../given';
import { everywhere, ignored, row } from './row';

const WINDOW = { reopen_window_seconds: 3601 };
const CLEARED = { ...WINDOW, assignee_on_resume: 'clear' as const };
const BEGUN = { episode: 4, assignee: NOBODY, tags: [], close: null, closed_at: null };
const UNREAD = { unread: true, waiting_since: NOW };
const SUPERSEDED = survey({ state: 'superseded' });

/** What a message does if its rating and kind do not matter. */
const AS_MESSAGE = {
  not_contacted: { words: 'begin → new, unread', changes: { status: 'new', episode: 1, ...UNREAD } },
  new: [
    { words: 'new, unread (already so)', changes: {} },
    { words: 'new, unread', given: { ...inProgress(), status: 'new' as const }, changes: UNREAD },
  ],
  in_progress: { words: 'in_progress, unread', changes: UNREAD },
  in_flow: {
    words: 'in_flow (the flow has it; unread unchanged)',
    changes: { flow: { ...FLOW, last_activity_at: NOW, expires_at: NOW + DAY, customer_wrote: true } },
  },
};
const AFTER_CLOSE = [
  {
    words: 'inside the reopen window: resume → in_progress, unread',
    inbox: WINDOW,
    changes: { status: 'in_progress', ...UNREAD, close: null, closed_at: null },
  },
  { words: 'else begin → new, unread', changes: { status: 'new', ...BEGUN, ...UNREAD } },
];

export const message = row({
  event: 'message',
  cells: {
    ...AS_MESSAGE,
    resolved: [
      {
        words: 'resume → in_progress, unread; survey superseded',
        changes: { status: 'in_progress', ...UNREAD, close: null, survey: SUPERSEDED },
      },
      {
        words: 'resume clears the assignee where assignee_on_resume is clear',
        inbox: CLEARED,
        changes: { status: 'in_progress', ...UNREAD, close: null, survey: SUPERSEDED, assignee: NOBODY },
      },
    ],
    closed: [
      ...AFTER_CLOSE,
      {
        words: 'inside the reopen window: resume clears the assignee where assignee_on_resume is clear',
        inbox: CLEARED,
        changes: { status: 'in_progress', ...UNREAD, close: null, closed_at: null, assignee: NOBODY },
      },
    ],
  },
});

const RATED = { state: 'answered' as const, score: 4, answered_at: NOW };
const LATE = ranOut(NOW - DAY);

export const messageWithRating = row({
  event: 'message',
  row: 'message with rating',
  fields: { rating: 4 },
  cells: {
    ...AS_MESSAGE,
    resolved: {
      words: '→ closed, survey answered',
      changes: { status: 'closed', closed_at: NOW, tags: [LOCKED_VIP], survey: survey(RATED) },
      tells: ['survey.answered c_1.1'],
    },
    closed: [
      {
        words: 'where a late csat_answer would be applied: that',
        given: closed({ survey: LATE, survey_count: 1 }),
        inbox: WINDOW,
        changes: { survey: { ...LATE, ...RATED, late: true } },
        tells: ['survey.answered c_1.1'],
      },
      ...AFTER_CLOSE.map((cell) => ({
        ...cell,
        words: `else as message: ${cell.words}`,
        given: closed({ survey: survey({ state: 'answered', score: 2 }), survey_count: 1 }),
      })),
    ],
  },
});

export const messageOfKindCourtesy = row({
  event: 'message',
  row: 'message of kind courtesy',
  fields: { kind: 'courtesy' },
  cells: {
    ...AS_MESSAGE,
    resolved: ignored('courtesy'),
    closed: [
      ignored('courtesy'),
      { ...ignored('courtesy'), words: 'ignored courtesy (inside the reopen window)', inbox: WINDOW },
    ],
  },
});

export const reaction = row({
  event: 'message',
  row: 'message of kind reaction',
  fields: { kind: 'reaction' },
  cells: everywhere(ignored('reaction')),
});

const CLEO = { team: null, agent: 'cleo' };

export const agentReply = row({
  event: 'agent_reply',
  cells: {
    not_contacted: {
      words: 'begin → in_progress',
      changes: { status: 'in_progress', episode: 1, assignee: CLEO },
    },
    new: {
      words: '→ in_progress',
      changes: { status: 'in_progress', unread: false, waiting_since: null, assignee: CLEO },
    },
    in_progress: { words: 'in_progress', changes: {} },
    in_flow: {
      words: '→ in_progress; flow interrupted',
      changes: { status: 'in_progress', flow: null, assignee: CLEO },
      tells: ['flow.interrupted x1 by agent_reply'],
    },
    resolved: {
      words: 'resume → in_progress; survey superseded',
      changes: { status: 'in_progress', close: null, survey: SUPERSEDED },
    },
    closed: [
      {
        words: 'inside the window: resume',
        inbox: CLEARED,
        changes: { status: 'in_progress', close: null, closed_at: null },
      },
      { words: 'else begin → in_progress', changes: { status: 'in_progress', ...BEGUN, assignee: CLEO } },
    ],
  },
});

const ALIVE = { flow: { ...FLOW, last_activity_at: NOW, expires_at: NOW + DAY } };

export const automaticMessage = row({
  event: 'automatic_message',
  cells: {
    not_contacted: { words: 'not_contacted', changes: {} },
    new: { words: 'new', changes: {} },
    in_progress: { words: 'in_progress', changes: {} },
    in_flow: { words: 'in_flow (a sign of life)', changes: ALIVE },
    resolved: { words: 'resolved', changes: {} },
    closed: { words: 'closed', changes: {} },
  },
});

export const automaticMessageThatAnswers = row({
  event: 'automatic_message',
  row: 'automatic_message with answers',
  fields: { answers: true },
  cells: {
    not_contacted: { words: 'not_contacted', changes: {} },
    new: { words: 'new; waiting_since cleared, unread as it was', changes: { waiting_since: null } },
    in_progress: {
      words: 'in_progress; waiting_since cleared, unread as it was',
      given: inProgress(UNREAD),
      changes: { waiting_since: null },
    },
    in_flow: { words: 'in_flow (a sign of life)', changes: ALIVE },
    resolved: { words: 'resolved', given: resolved(), changes: {} },
    closed: { words: 'closed', changes: {} },
  },
});
