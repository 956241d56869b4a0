/** `message` and `agent_reply`. */
import { NOBODY, NOW, inProgress, survey } from '../given';
import { everywhere, ignored, row } from './row';

const WINDOW = { reopen_window_seconds: 3601 };
const BEGUN = { episode: 4, assignee: NOBODY, tags: [], close: null, closed_at: null };
const UNREAD = { unread: true, waiting_since: NOW };
const SUPERSEDED = survey({ state: 'superseded' });

export const message = row({
  event: 'message',
  cells: {
    not_contacted: { words: 'begin → new, unread', changes: { status: 'new', episode: 1, ...UNREAD } },
    new: [
      { words: 'new, unread (already so)', changes: {} },
      {
        words: 'new, unread',
        given: { ...inProgress(), status: 'new' },
        changes: UNREAD,
      },
    ],
    in_progress: { words: 'in_progress, unread', changes: UNREAD },
    in_flow: { words: 'in_flow (the flow has it; unread unchanged)', changes: {} },
    resolved: {
      words: 'resume → in_progress, unread; survey superseded',
      changes: { status: 'in_progress', ...UNREAD, close: null, survey: SUPERSEDED },
    },
    closed: [
      {
        words: 'inside the reopen window: resume → in_progress, unread',
        inbox: WINDOW,
        changes: { status: 'in_progress', ...UNREAD, close: null, closed_at: null },
      },
      { words: 'else begin → new, unread', changes: { status: 'new', ...BEGUN, ...UNREAD } },
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
        inbox: WINDOW,
        changes: { status: 'in_progress', close: null, closed_at: null },
      },
      { words: 'else begin → in_progress', changes: { status: 'in_progress', ...BEGUN, assignee: CLEO } },
    ],
  },
});
