/** What is exported is all there is, and an import takes it back. */
import { rebuildAll } from '../../src/maintenance/rebuild-reports';
import { fromRecord } from '../../src/domain/record';
import { loadConversations } from '../../src/db/writes';
import type { Conversation } from '../../src/domain/conversation';
import { Deciding, type Conversation as Living } from './support/deciding';

let d: Deciding;
beforeAll(async () => void (d = await Deciding.start()));
afterAll(() => d.stop());

const SETTINGS = {
  csat: { enabled: true },
  auto_close: { after_seconds: 86_400 },
  auto_archive: { after_seconds: 864_000 },
};
const message = { type: 'message' };
const reply = { type: 'agent_reply', agent: 'ana' };
const close = { type: 'close', agent: 'ana', reason: 'done', skip_survey: true };
const closeAsking = { type: 'close', agent: 'ana' };
const flow = { execution: 'x' };
const score = { type: 'csat_answer', score: 4, comment: 'fine' };

/** Lives that end in every status that can be imported. */
const LIVES: Record<string, object[]> = {
  new: [message],
  'answered by a bot': [message, { type: 'automatic_message', answers: true }],
  'in progress': [message, reply, { type: 'tag_add', tags: ['vip', 'é'] }, { type: 'assign', team: 'sales' }],
  'in progress, a customer waits': [reply, message],
  snoozed: [message, reply, { type: 'snooze', until: new Date(Date.now() + 864_000_000).toISOString() }],
  resolved: [message, reply, closeAsking],
  rated: [message, reply, { type: 'tag_add', tags: ['vip'] }, closeAsking, score],
  'two episodes': [message, reply, closeAsking, score, message, reply, close, message],
  'closed, unread and archived': [message, close, { type: 'mark_unread' }, { type: 'archive' }],
  'reopened while a survey was out': [message, reply, closeAsking, { type: 'reopen', agent: 'ben' }],
  'reopened before anybody replied': [message, close, { type: 'reopen', agent: 'ben' }],
  'new, and somebody was assigned': [
    message,
    { type: 'assign', agent: 'ana' },
    { type: 'assign', agent: null },
  ],
  'unarchived by hand': [message, close, { type: 'archive' }, { type: 'unarchive' }],
  'after a flow': [
    message,
    close,
    { type: 'flow_start', flow: 'f', ...flow },
    { type: 'flow_end', ...flow, assign: { team: 'a' } },
  ],
  'blocked, no broadcasts': [{ type: 'block' }, { type: 'opt_out' }],
};

async function lived(inbox: string): Promise<Living[]> {
  return Promise.all(
    Object.values(LIVES).map(async (events) => {
      const c = d.conversation(inbox);
      for (const [n, event] of events.entries()) {
        const { status } = await c.decide({ id: `e${n}`, ...event });
        expect(status).toBe(200);
      }
      return c;
    }),
  );
}

const exported = async (inbox: string) => (await d.api.get(`/v1/inboxes/${inbox}/export`)).text;

async function imported(body: string): Promise<string> {
  const inbox = await d.api.inbox(SETTINGS);
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const { text } = await d.api.post(`/v1/inboxes/${inbox}/import`, body, { headers });
  const many = body.trim().split('\n').length;
  expect(JSON.parse(text)).toMatchObject({ imported: many, skipped: 0, refused: 0 });
  return inbox;
}

test('given an export that was imported, when it is exported again, then it is the same, and its timers are due at the same time', async () => {
  const inbox = await d.api.inbox(SETTINGS);
  await d.api.post(`/v1/inboxes/${inbox}/contacts`, { conversations: ['a_contact'] });
  const conversations = await lived(inbox);
  const first = await exported(inbox);
  expect(first.trim().split('\n')).toHaveLength(conversations.length + 1);
  const again = await imported(first);
  expect(await exported(again)).toBe(first);
  // reports count what was imported as if it were counted one by one
  expect(await rebuildAll(d.api.pool, true, () => {})).toMatchObject({ differences: 0 });

  const rows = async (of: string) => {
    const keys = conversations.map((c) => ({ account: d.api.account, inbox: of, conversation: c.id }));
    const loaded = await loadConversations(d.api.pool, keys);
    return loaded.map((l) => l?.row && fromRecord(l.row));
  };
  const [before, after] = [await rows(inbox), await rows(again)];
  expect(after.map(toldByLine)).toEqual(before.map(toldByLine));
});

/** What a line says only indirectly. Who spoke last, and whether a bot may answer, matters while it is open. */
function toldByLine(state: Conversation | null | undefined) {
  if (!state) throw new Error('no row');
  const { conversation, next, survey_count, episode, waiting_since, window_opened_at, last_word, untouched } =
    state;
  const { ended_executions, agents } = state;
  const kept_unarchived = 'kept_unarchived' in state && state.kept_unarchived;
  const isOpen = state.status === 'new' || state.status === 'in_progress';
  return {
    ...{ conversation, next, survey_count, episode, waiting_since, window_opened_at },
    ...{ ended_executions, kept_unarchived, agents },
    ...(isOpen && { last_word }),
    ...(state.status === 'new' && { untouched }),
  };
}

test('more than a page is exported, each once and in order', async () => {
  const lines = Array.from({ length: 1_203 }, (_, n) =>
    JSON.stringify({ conversation: `p_${n}`, status: 'new' }),
  );
  const inbox = await imported(lines.join('\n'));
  const ids = (await exported(inbox))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { conversation: string }).conversation);
  expect(ids).toHaveLength(1_203);
  expect(new Set(ids).size).toBe(1_203);
});

test('one conversation is exported with all that is kept of it', async () => {
  const c = d.conversation('csat');
  for (const [n, event] of [message, reply, closeAsking, score].entries())
    await c.decide({ id: `e${n}`, ...event });
  const { status, body } = await d.api.get(`${c.path}/export`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    conversation: { conversation: c.id, status: 'closed' },
    episodes: [{ episode: 1, survey: { score: 4 } }],
    surveys: [{ survey: `${c.id}.1`, comment: 'fine' }],
    timeline: [{ event: 'e0' }, { event: 'e1' }, { event: 'e2' }, { event: 'e3' }],
    deliveries: [],
  });
  expect((body.effects as object[]).length).toBeGreaterThan(4);
  expect((await d.api.get('/v1/inboxes/csat/conversations/nobody/export')).status).toBe(404);
  expect((await d.api.get('/v1/inboxes/nowhere/export')).status).toBe(404);
});
