import { conversationRecord } from '../../src/domain/record-schema';
import { episodes } from '../../src/http/resources/episodes';
import { timeline } from '../../src/http/resources/timeline';
import { assign, Deciding } from './support/deciding';
import { isProblem } from './support/problem';

let deciding: Deciding;

beforeAll(async () => {
  deciding = await Deciding.start();
});
afterAll(() => deciding.stop());

const get = (path: string) => deciding.api.get(path);

/** Two episodes, the first with a survey that was answered; then work again. */
async function lived() {
  const c = deciding.conversation('csat');
  await c.decide({ id: 'm1', type: 'message' });
  await c.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
  await c.decide({ id: 't1', type: 'tag_add', tags: ['refund'] });
  await c.decide({ id: 'c1', type: 'close', agent: 'ana', reason: 'done' });
  await c.decide({ id: 's1', type: 'csat_answer', score: 4 });
  await c.decide({ id: 'm2', type: 'message' });
  await c.decide(assign('a2', 'bo'));
  return c;
}

describe('one conversation', () => {
  it('is shown as it was last written, in the fields and the order of its record', async () => {
    const c = await lived();
    const answer = await get(c.path);
    expect(answer.status).toBe(200);
    expect(conversationRecord.strict().safeParse(answer.body).error).toBeUndefined();
    expect(Object.keys(answer.body)).toEqual(Object.keys(conversationRecord.shape));
    expect(Object.keys(answer.body.survey as object)).toEqual(
      Object.keys(conversationRecord.shape.survey.unwrap().shape),
    );
    expect(answer.body).toMatchObject({
      status: 'new',
      version: 7,
      episode: 2,
      survey: { state: 'answered' },
    });
  });

  it('is the same, to the byte, from its running workflow', async () => {
    const c = await lived();
    const strong = await get(`${c.path}?consistency=strong`);
    expect(strong.status).toBe(200);
    expect(strong.text).toBe((await get(c.path)).text);
  });

  it('is read from the database, once it rests or where it never ran', async () => {
    const c = deciding.conversation();
    await c.decide({ id: 'm', type: 'message' });
    await c.decide({ id: 'c', type: 'close', agent: 'ana' });
    await c.rested();
    expect((await get(`${c.path}?consistency=strong`)).body).toMatchObject({ status: 'closed' });
    await deciding.api.post('/v1/inboxes/support/contacts', { conversations: ['contact'] });
    const contact = await get('/v1/inboxes/support/conversations/contact?consistency=strong');
    expect(contact.body).toMatchObject({ status: 'not_contacted' });
  });

  it('cannot be asked of a workflow that no worker works on: 503', async () => {
    const c = deciding.conversation();
    await c.decide({ id: 'm', type: 'message' });
    await deciding.service.stopWorker();
    try {
      const answer = await get(`${c.path}?consistency=strong`);
      isProblem(answer, 503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect((await get(c.path)).status).toBe(200);
    } finally {
      await deciding.service.startWorker();
    }
  });

  it.each(['', '?consistency=strong', '/timeline', '/episodes'])(
    'nobody has heard of is not there (%s): 404',
    async (suffix) => {
      isProblem(await get(`/v1/inboxes/support/conversations/nobody${suffix}`), 404);
      isProblem(await get(`/v1/inboxes/nowhere/conversations/nobody${suffix}`), 404);
    },
  );
});

describe('the timeline', () => {
  it('has every decision, newest first, with why', async () => {
    const c = deciding.conversation();
    await c.decide({ id: 'm', type: 'message', occurred_at: '2026-03-01T09:30:00Z' });
    await c.decide({ id: 'x', type: 'unsnooze' });
    await c.decide({ id: 'y', type: 'reopen', agent: 'ana' });
    const { body } = await get(`${c.path}/timeline`);
    expect(timeline.safeParse(body).error).toBeUndefined();
    const same = { from: 'new', to: 'new', version: 1 };
    expect(body.items).toMatchObject([
      { seq: 3, event: 'y', verdict: 'refused', rule: 'not_closed', data: { agent: 'ana' }, ...same },
      { seq: 2, event: 'x', verdict: 'ignored', reason: 'no_change', data: {}, ...same },
      { seq: 1, event: 'm', verdict: 'applied', from: 'not_contacted', to: 'new', version: 1 },
    ]);
    expect(body.items[2]?.data).toEqual({ kind: 'text', occurred_at: '2026-03-01T09:30:00Z' });
    expect(body.items[0]).not.toHaveProperty('reason');
    expect(body.items[2]).not.toHaveProperty('rule');
    expect(body.next_cursor).toBeNull();
  });

  it('goes page by page, each entry once, though more is decided meanwhile', async () => {
    const c = await lived();
    const first = await get(`${c.path}/timeline?limit=3`);
    await c.decide(assign('a3', 'cy'));
    const second = await get(`${c.path}/timeline?limit=100&cursor=${first.body.next_cursor as string}`);
    const seqs = [...first.body.items, ...second.body.items].map((entry) => entry.seq);
    expect(seqs).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });
});

describe('the episodes', () => {
  it('have their times, agents, close facts and survey, newest first', async () => {
    const c = await lived();
    const { body } = await get(`${c.path}/episodes`);
    expect(episodes.safeParse(body).error).toBeUndefined();
    expect(body.items).toMatchObject([
      {
        episode: 2,
        closed_at: null,
        close: null,
        assignee: { agent: 'bo' },
        agents: [],
        tags: [],
        survey: null,
      },
      {
        episode: 1,
        close: { by: 'agent', agent: 'ana', reason: 'done' },
        agents: ['ana'],
        tags: [{ name: 'refund', locked: true }],
        survey: { survey: `${c.id}.1`, state: 'answered', score: 4, agent: 'ana' },
      },
    ]);
    expect((await deciding.api.all(`${c.path}/episodes`, 1)).map((e) => e.episode)).toEqual([2, 1]);
  });

  it('of a contact are none', async () => {
    await deciding.api.post('/v1/inboxes/support/contacts', { conversations: ['fresh'] });
    const { body } = await get('/v1/inboxes/support/conversations/fresh/episodes');
    expect(body).toEqual({ items: [], next_cursor: null });
  });
});

describe('a cursor', () => {
  it('that was touched, or is another listing’s, is refused: 400', async () => {
    const c = await lived();
    const { body } = await get(`${c.path}/timeline?limit=1`);
    const cursor = body.next_cursor as string;
    const changed = (cursor.startsWith('W') ? 'X' : 'W') + cursor.slice(1);
    for (const path of [`${c.path}/timeline?cursor=${changed}`, `${c.path}/episodes?cursor=${cursor}`]) {
      const answer = await get(path);
      isProblem(answer, 400);
      expect(answer.body.errors).toMatchObject([{ path: 'cursor' }]);
    }
  });
});
