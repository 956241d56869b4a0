import { audit } from '../harness/audit';
import { eventOf } from '../harness/events';
import type { Sent } from '../harness/load';
import { Random } from '../harness/random';
import { broken, type Row } from '../harness/row';
import { signalOf } from '../harness/signal';
import { eachOf } from '../harness/until';
import { runsOf } from '../harness/workflows';

const SENDERS = 10;
/**
 * A number of history events. Without a pause between events a new run begins at twice that: after about
 * twenty of them.
 */
const SUGGESTED_AT = 5;

/** Workflows continue as new all the time, under direct signals without a pause. */
export const continued: Row = {
  n: 7,
  promise: 'continue-as-new loses nothing',
  world: { dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': SUGGESTED_AT } },
  async run({ world, seed, short, inbox }) {
    const [signals, conversations] = short ? [1_000, 3] : [10_000, 10];
    await Promise.all([world.api().start(), world.worker().start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const names = Array.from({ length: conversations }, (_, i) => `long${i}`);
    const sent: Sent[] = [];
    const senders = Array.from({ length: SENDERS }, (_, i) => i);
    await eachOf(senders, SENDERS, async (i) => {
      const random = new Random(seed * 100 + i);
      for (let n = 0; n < signals / SENDERS; n += 1) {
        const conversation = random.pick(names);
        const event = { ...eventOf(random, conversation, n), id: `${conversation}.${i}.${n}` };
        const { type, ...payload } = event;
        await signalOf(world, { inbox, conversation }, type, [payload]);
        sent.push({ conversation, sender: `s${i}`, event, accepted: true });
      }
    });
    const found = await audit(world, { inbox, settings, sent, withinMs: short ? 30_000 : 120_000 });
    const runs = (await eachOf(names, 4, (name) => runsOf(world, inbox, name))).map((list) => list.length);
    const all = runs.reduce((sum, n) => sum + n, 0);
    return {
      audit: found,
      failed: broken({ 'runs follow each other': all >= signals / 40 }),
      figures: { signals, conversations, runs: all },
    };
  },
};
