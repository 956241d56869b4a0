import type { EventType } from '../src/domain/events';

const of = (what: string, example: object) => `${what} Example: ${JSON.stringify(example)}`;

/** Each signal's description in Temporal's UI, with a payload to copy. */
export const EXAMPLES: Record<EventType, string> = {
  message: of('The customer wrote.', { id: 'wamid.1', kind: 'text' }),
  agent_reply: of('An agent wrote.', { id: 'reply-1', agent: 'ana' }),
  flow_start: of('A bot flow or broadcast takes the conversation.', {
    id: 'start-1',
    flow: 'welcome',
    execution: 'x-1',
    has_priority: false,
  }),
  flow_end: of('A flow ended.', {
    id: 'end-1',
    execution: 'x-1',
    outcome: 'completed',
    assign: { team: 'sales' },
  }),
  close: of('An agent closes it.', { id: 'close-1', agent: 'ana', reason: 'solved', skip_survey: false }),
  csat_answer: of('The customer answered the survey.', { id: 'wamid.2', score: 5, comment: 'quick' }),
  reopen: of('An agent takes it up again.', { id: 'reopen-1', agent: 'ana' }),
  assign: of('Another team or agent is responsible.', { id: 'assign-1', team: 'sales', agent: null }),
  mark_read: of('Somebody has seen it.', { id: 'read-1' }),
  mark_unread: of('Somebody should see it again.', { id: 'unread-1' }),
  tag_add: of('Tags are added.', { id: 'tag-1', tags: ['refund'] }),
  tag_remove: of('Tags are removed.', { id: 'tag-2', tags: ['refund'] }),
  archive: of('A closed conversation goes to the archive.', { id: 'archive-1' }),
  unarchive: of('It comes back from the archive.', { id: 'unarchive-1' }),
  snooze: of('It is put aside until later.', { id: 'snooze-1', until: '2027-01-01T09:00:00Z' }),
  unsnooze: of('It is taken up before that.', { id: 'unsnooze-1' }),
};
