import { setTimeout as sleep } from 'node:timers/promises';
import { drive, outcomeOf, type Sent } from '../../examples/replay/drive';
import type { Plan } from '../../examples/replay/plan';
import { ConcurrencyLimit } from '../../examples/replay/concurrency-limit';
import { Client, type Reply, type RequestOptions } from '../../examples/service/client';
import { settingsSchema } from '../../src/domain/settings';
import { lived } from './observed';

const accepted = (event: string) => ({ status: 202, body: { event, accepted: true }, took_ms: 1 });
const planned = (id: string, due = 0, pause = 0) => ({ event: { id, type: 'message' as const }, due, pause });

/** The delay of the answer differs from event to event, so that order is not kept by chance. */
class Slow extends Client {
  readonly log: string[] = [];
  underWay = 0;
  most = 0;

  constructor() {
    super('http://nowhere', 'key');
  }

  override async request(_: string, __: string, { body }: RequestOptions = {}): Promise<Reply> {
    const { id } = body as { id: string };
    this.most = Math.max(this.most, (this.underWay += 1));
    await sleep(id.charCodeAt(1) % 2 === 0 ? 15 : 1);
    this.underWay -= 1;
    this.log.push(id);
    return accepted(id);
  }
}

const options = { inbox: 'i', concurrency: 3, onSent: () => {} };

describe('sending a plan', () => {
  test('a conversation in its order, each event after the answer to the one before', async () => {
    const client = new Slow();
    const plans: Plan[] = ['a', 'b', 'c', 'd'].map((conversation) => ({
      conversation,
      events: [1, 2, 3, 4].map((n) => planned(`${conversation}${n}`)),
    }));
    const sent = await drive(client, plans, options);
    for (const { conversation, events } of sent) {
      const ids = [1, 2, 3, 4].map((n) => `${conversation}${n}`);
      expect(client.log.filter((id) => id.startsWith(conversation))).toEqual(ids);
      expect(events.map((s) => s.event)).toEqual(ids);
    }
    expect(client.most).toBe(3);
  });

  test('not before it is due, nor sooner after the one before than its pause', async () => {
    const sentAt: number[] = [];
    const began = Date.now();
    const plans = [{ conversation: 'c', events: [planned('e1', 60), planned('e2', 0, 50)] }];
    await drive(new Slow(), plans, { ...options, onSent: () => sentAt.push(Date.now() - began) });
    expect(sentAt[0]).toBeGreaterThanOrEqual(58);
    expect(sentAt[1]! - sentAt[0]!).toBeGreaterThanOrEqual(48);
  });

  test('work that fails gives its slot back', async () => {
    const slots = new ConcurrencyLimit(1);
    await expect(slots.within(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(slots.within(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});

describe('what an answer means', () => {
  const settings = settingsSchema.parse({});
  const { sent, observed } = lived(settings, [{ at: 0, event: { id: 'e1', type: 'close', agent: 'ana' } }]);
  const { conversation } = observed;
  const cases: [string, number, unknown, Partial<Sent>][] = [
    ['202: accepted', 202, { event: 'e1', accepted: true }, { accepted: true }],
    ['200: decided', 200, { event: 'e1', verdict: 'ignored', reason: 'no_change', conversation }, { accepted: true, decided: { verdict: 'ignored', why: 'no_change', conversation } }],
    ['409: decided too', 409, { title: 'Conflict', rule: 'not_open', conversation }, { accepted: true, decided: { verdict: 'refused', why: 'not_open', conversation } }],
    ['409 without a rule: not accepted', 409, { title: 'Conflict' }, { accepted: false, problem: '409 {"title":"Conflict"}' }],
    ['422: not accepted', 422, { title: 'No' }, { accepted: false, problem: '422 {"title":"No"}' }],
    ['200 with something else: not accepted', 200, 'hello', { accepted: false, problem: '200 "hello"' }],
  ]; // prettier-ignore
  test.each(cases)('%s', (_, status, body, outcome) => {
    expect(outcomeOf({ status, body, took_ms: 1 })).toEqual(outcome);
  });

  test('and the small service of these tests refuses as the real one does', () => {
    expect(sent[0]?.decided).toMatchObject({ verdict: 'refused', why: 'not_open' });
  });
});
