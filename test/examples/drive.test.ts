import { setTimeout as sleep } from 'node:timers/promises';
import { drive, shownOf, type Sent } from '../../examples/replay/drive';
import type { Plan } from '../../examples/replay/plan';
import { ConcurrencyLimit } from '../../examples/replay/concurrency-limit';
import { ProblemError, type Outcome } from '../../clients/typescript/src/index';
import { settingsSchema } from '../../src/domain/settings';
import { lived } from './observed';

const planned = (id: string, due = 0, pause = 0) => ({ event: { id, type: 'message' as const }, due, pause });

/** The delay of the answer differs from event to event, so that order is not kept by chance. */
class Slow {
  readonly log: string[] = [];
  underWay = 0;
  most = 0;

  async send(_: string, __: string, { id = '' }: { id?: string }): Promise<Outcome> {
    this.most = Math.max(this.most, (this.underWay += 1));
    await sleep(id.charCodeAt(1) % 2 === 0 ? 15 : 1);
    this.underWay -= 1;
    this.log.push(id);
    return { event: id, verdict: 'accepted' };
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
  const event = 'e1';
  const problem = new ProblemError('POST it', { status: 422, title: 'No' });
  const cases: [string, Outcome | ProblemError, Partial<Sent>][] = [
    ['accepted', { event, verdict: 'accepted' }, { accepted: true }],
    ['decided', { event, verdict: 'ignored', reason: 'no_change', conversation }, { accepted: true, decided: { verdict: 'ignored', why: 'no_change', conversation } }],
    ['refused: decided too', { event, verdict: 'refused', rule: 'not_open', conversation }, { accepted: true, decided: { verdict: 'refused', why: 'not_open', conversation } }],
    ['a problem: not accepted', problem, { accepted: false, problem: 'POST it: 422 No' }],
  ]; // prettier-ignore
  test.each(cases)('%s', (_, outcome, shown) => {
    expect(shownOf(outcome)).toEqual(shown);
  });

  test('and the small service of these tests refuses as the real one does', () => {
    expect(sent[0]?.decided).toMatchObject({ verdict: 'refused', why: 'not_open' });
  });
});
