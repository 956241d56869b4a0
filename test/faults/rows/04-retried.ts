import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../harness/audit';
import { eventOf } from '../harness/events';
import { Load, type Sent } from '../harness/load';
import { Random } from '../harness/random';
import { broken, type Row } from '../harness/row';
import { eachOf } from '../harness/until';
import type { World } from '../harness/world';

/**
 * The API is killed, and its clients send again. An event that is sent again at any later time gets the first
 * answer.
 */
export const retried: Row = {
  n: 4,
  promise: 'a client may always retry (API killed, each event sent 4 times)',
  // A new run begins after some dozen events, so that it comes between an event and its repetition.
  world: { dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 60 } },
  async run({ world, seed, short, inbox }) {
    const random = new Random(seed);
    const kills = short ? 3 : 20;
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const four = fourTimes(world, inbox, seed, short ? 4 : 20, short ? 12 : 40);
    const first = await four.send();
    const load = new Load({
      ...{ client: world.client(), inbox, seed },
      ...(short ? { rate: 30, conversations: 20 } : { rate: 80, conversations: 60 }),
    }).start();
    for (let i = 0; i < kills; i += 1) {
      await sleep(random.between(200, 1_500));
      await api.end('SIGKILL');
      await api.start();
    }
    const again = await four.sendAgain();
    await worker.end('SIGKILL');
    await worker.start();
    const later = await four.sendAgain();
    const sent = [...first, ...(await load.finish())];
    const found = await audit(world, { inbox, settings, sent, withinMs: 30_000 });
    const answers = [...first, ...again, ...later];
    const different = four.unlike();
    return {
      audit: found,
      failed: [
        ...broken({ 'every repetition is answered': answers.every((a) => a.accepted) }),
        ...different.slice(0, 5).map((id) => `${id} was answered differently`),
      ],
      figures: { kills, 'sent four times': first.length, 'other answers': different.length },
    };
  },
};

/** Awaited events, sent twice at the same time and, if asked, again. */
function fourTimes(world: World, inbox: string, seed: number, conversations: number, each: number) {
  const client = world.client();
  const names = Array.from({ length: conversations }, (_, i) => `four${i}`);
  const answers = new Map<string, unknown[]>();
  const all: Sent[] = [];
  const once = async (conversation: string, event: Sent['event']) => {
    const path = `/v1/inboxes/${inbox}/conversations/${conversation}/events`;
    const reply = await client.request('POST', path, { body: event, headers: { prefer: 'wait=10' } });
    const body = { ...(reply.body as object), instance: null }; // the request's own id
    answers.set(event.id, [...(answers.get(event.id) ?? []), { status: reply.status, body }]);
    return reply.status < 300 || reply.status === 409;
  };
  return {
    async send(): Promise<Sent[]> {
      await eachOf(names, 8, async (conversation) => {
        const random = new Random(seed + names.indexOf(conversation));
        for (let n = 1; n <= each; n += 1) {
          const event = eventOf(random, conversation, n);
          const both = await Promise.all([once(conversation, event), once(conversation, event)]);
          all.push({ conversation, sender: 'one', event, accepted: both.every(Boolean) });
        }
      });
      return all;
    },
    sendAgain: () =>
      eachOf(all, 8, async (sent) => ({ ...sent, accepted: await once(sent.conversation, sent.event) })),
    /** The events whose answers differed. */
    unlike(): string[] {
      return [...answers]
        .filter(([, [first, ...rest]]) => rest.some((other) => !isDeepStrictEqual(first, other)))
        .map(([id]) => id);
    },
  };
}
