import type { EventType } from '../src/domain/events';

const of = (what: string, example: object) => `${what} Example: ${JSON.stringify(example)}`;

/** The description of each signal in Temporal's UI, with a payload to copy. */
export const EXAMPLES: Record<EventType, string> = {
  message: of('The customer wrote.', { id: 'wamid.1', kind: 'text' }),
  agent_reply: of('A person of the business wrote (agent null: nobody knows who).', {
    id: 'reply-1',
    agent: 'ana',
  }),
  automatic_message: of('The business wrote and no person did; answers: it is what the customer asked for.', {
    id: 'auto-1',
    answers: false,
  }),
  flow_start: of("A bot flow, a broadcast, or (inbound) a bot set off by the customer's message takes it.", {
    id: 'start-1',
    flow: 'welcome',
    execution: 'x-1',
    source: 'inbound',
    has_priority: false,
  }),
  flow_end: of('A flow ended.', {
    id: 'end-1',
    execution: 'x-1',
    outcome: 'completed',
    assign: { team: 'sales' },
  }),
  close: of('An agent closes it (agent null: a rule, a bot or another program does).', {
    id: 'close-1',
    agent: 'ana',
    reason: 'solved',
    skip_survey: false,
  }),
  csat_answer: of('The customer answered the survey.', { id: 'wamid.2', score: 5, comment: 'quick' }),
  csat_comment: of('Words that came after the score.', { id: 'wamid.3', comment: 'very quick' }),
  survey_failed: of('The survey could not be delivered.', { id: 'failed-1', reason: '131026' }),
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
  block: of('This contact is a nuisance: no longer heard, surveyed or reached by flows.', {
    id: 'block-1',
    by: 'ana',
  }),
  unblock: of('This contact is heard again.', { id: 'unblock-1', by: 'ana' }),
  opt_out: of('No more broadcasts, please.', { id: 'opt-out-1' }),
  opt_in: of('Broadcasts may come again.', { id: 'opt-in-1' }),
};
