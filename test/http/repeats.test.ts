import { setTimeout as sleep } from 'node:timers/promises';
import type { Answered } from './support/api';
import { assign, Deciding } from './support/deciding';
import { isProblem } from './support/problem';

let deciding: Deciding;

beforeAll(async () => {
  deciding = await Deciding.start();
});
afterAll(() => deciding.stop());

const conversation = (inbox?: string) => deciding.conversation(inbox);

describe('a repeat', () => {
  it('is answered as the first time, though much has happened since', async () => {
    const c = conversation('csat');
    await c.decide({ id: 'm', type: 'message' });
    const events = [
      assign('a'),
      { id: 't', type: 'tag_add', tags: ['refund', 'vip'], occurred_at: '2026-03-01T09:30:00+01:00' },
      { id: 'no', type: 'reopen', agent: 'ana' },
      { id: 'same', type: 'assign', agent: 'ana' },
      { id: 'c', type: 'close', agent: 'ana', reason: 'done' },
      { id: 's', type: 'csat_answer', score: 5, comment: 'good' },
      { id: 'x', type: 'mark_unread' },
    ];
    const first: Answered[] = [];
    for (const event of events) first.push(await c.decide(event));
    expect(first.map((answer) => answer.status)).toEqual([200, 200, 409, 200, 200, 200, 200]);
    const again = await Promise.all(events.map((event) => c.decide(event)));
    again.forEach((answer, i) => {
      expect(answer.status).toBe(first[i]?.status);
      expect({ ...answer.body, instance: 0 }).toEqual({ ...first[i]?.body, instance: 0 });
    });
    expect(again.filter(({ status }) => status === 200).map(({ text }) => text)).toEqual(
      first.filter(({ status }) => status === 200).map(({ text }) => text),
    );
    expect(await c.timeline()).toHaveLength(8);
  });

  it('is answered as the first time after a rest', async () => {
    const c = conversation();
    await c.decide({ id: 'm', type: 'message' });
    const first = await c.decide({ id: 'c', type: 'close', agent: 'ana' });
    await c.rested();
    const again = await c.decide({ id: 'c', type: 'close', agent: 'ana' });
    expect(again.text).toBe(first.text);
    expect((await c.decide({ id: 'm', type: 'message' })).body).toMatchObject({
      verdict: 'applied',
      conversation: { status: 'new', version: 1 },
    });
  });

  it('of a contact’s first event is answered as the first time', async () => {
    const c = conversation();
    await deciding.api.post('/v1/inboxes/support/contacts', { conversations: [c.id] });
    const event = { id: 'c', type: 'close', agent: 'ana' };
    const first = await c.decide(event);
    await c.decide({ id: 'm', type: 'message' });
    await c.decide(assign('a'));
    const again = await c.decide(event);
    expect(again.status).toBe(409);
    expect(again.body.conversation).toEqual(first.body.conversation);
  });

  it('at the same time gets the same answer, and has one effect', async () => {
    const c = conversation();
    await c.decide({ id: 'm', type: 'message' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => c.decide(assign('a'))));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(await c.timeline()).toHaveLength(2);
  });

  it.each([
    ['another field', assign('a', 'bo')],
    ['another type', { id: 'a', type: 'mark_read' }],
    ['one field more', { ...assign('a'), occurred_at: '2026-03-01T09:30:00Z' }],
  ])('with %s is another event: 422, and nothing is done', async (_, other) => {
    const c = conversation();
    await c.decide({ id: 'm', type: 'message' });
    await c.decide(assign('a'));
    const answer = await c.decide(other);
    isProblem(answer, 422);
    expect(answer.body.rule).toBe('event_id_reused');
    expect(await c.timeline()).toHaveLength(2);
  });

  it('that spells out a default is the same event', async () => {
    const c = conversation();
    await c.decide({ id: 'm', type: 'message' });
    const first = await c.decide({ id: 'c', type: 'close', agent: 'ana' });
    const again = await c.decide({ type: 'close', skip_survey: false, agent: 'ana', id: 'c' });
    expect(again.text).toBe(first.text);
  });

  it.each([
    ['lacks a field that has a default today', "data - 'skip_survey'"],
    ['has a field that is gone today', `data || '{"told": true}'`],
  ])('is answered as the first time where what an older version kept of it %s', async (_, olderData) => {
    const c = conversation();
    await c.decide({ id: 'm', type: 'message' });
    const first = await c.decide({ id: 'c', type: 'close', agent: 'ana' });
    const { rowCount } = await deciding.api.pool.query(
      `UPDATE timeline SET data = ${olderData} WHERE conversation = $1 AND event = 'c'`,
      [c.id],
    );
    expect(rowCount).toBe(1);
    expect((await c.decide({ id: 'c', type: 'close', agent: 'ana' })).text).toBe(first.text);
    expect((await c.decide({ id: 'c', type: 'close', agent: 'bo' })).status).toBe(422);
  });

  it('of a snooze is answered as the first time after its end', async () => {
    const c = conversation();
    await c.decide({ id: 'm', type: 'message' });
    const snooze = { id: 's', type: 'snooze', until: new Date(Date.now() + 2_000).toISOString() };
    const first = await c.decide(snooze);
    await sleep(2_000);
    expect((await c.decide(snooze)).text).toBe(first.text);
    expect((await c.decide({ ...snooze, id: 's2' })).status).toBe(400);
  });
});
