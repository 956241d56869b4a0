/** An inbox full of the replay's chats, each as far as it has got. */
import path from 'node:path';
import { readChats } from '../../../examples/replay/chats';
import { planOf, type Plan, type Posted } from '../../../examples/replay/plan';
import { settingsSchema } from '../../../src/domain/settings';
import type { Deciding } from '../../http/support/deciding';

const FILE = path.join(__dirname, '..', '..', '..', 'examples', 'data', 'support-chats.ndjson.gz');
const HOUR = 3_600;
const SETTINGS = {
  csat: { enabled: true, timeout_seconds: 4 * HOUR },
  auto_close: { after_seconds: 2 * HOUR },
  auto_archive: { after_seconds: 24 * HOUR },
};
const TEAMS = ['care', 'sales'];
const TAGS = ['delivery', 'refund', 'invoice', 'password', 'upgrade'];

/** As if each had happened so that its last word was said some minutes ago, later ones longer ago. */
function movedToNow({ conversation, events }: Plan, nth: number): { conversation: string; event: Posted }[] {
  const last = Date.parse(events.at(-1)?.event.occurred_at ?? '');
  return events.map(({ event }) => {
    const ago = last - Date.parse(event.occurred_at ?? '') + nth * 97_000;
    return { conversation, event: { ...event, occurred_at: new Date(Date.now() - ago).toISOString() } };
  });
}

/** A share of them is whole; of the others the customer has the last word, or has just begun. */
function soFar(plan: Plan, nth: number): Plan {
  const said = plan.events.findIndex(({ event }) => event.type === 'close');
  const upTo = [said + 2, said, Math.max(2, said >> 1), 1][nth % 4];
  return { ...plan, events: plan.events.slice(0, upTo) };
}

/** What a busy inbox has besides chats. */
function others(conversations: string[]): { conversation: string; event: Posted }[] {
  return conversations.flatMap((conversation, nth) => {
    const event = (fields: Record<string, unknown>) => ({
      conversation,
      event: { id: `${conversation}-x-${String(fields.type)}`, ...fields } as Posted,
    });
    const tags = [TAGS[nth % TAGS.length], ...(nth % 3 === 0 ? [TAGS[(nth + 2) % TAGS.length]] : [])];
    const until = new Date(Date.now() + nth * 400_000 + HOUR * 1000).toISOString();
    return [
      ...(nth % 2 === 0 ? [event({ type: 'tag_add', tags })] : []),
      ...(nth % 5 === 1 ? [event({ type: 'assign', team: TEAMS[nth % 2] })] : []),
      ...(nth % 11 === 2 ? [event({ type: 'snooze', until, by: 'ana' })] : []),
    ];
  });
}

const flows = (n: number) =>
  Array.from({ length: n }, (_, i) => ({
    conversation: `c_flow_${i + 1}`,
    event: {
      ...{ id: `flow-${i}`, type: 'flow_start', execution: `run-${i}` },
      ...(i % 2 === 0 ? { flow: 'spring sale', source: 'broadcast' } : { flow: 'welcome' }),
    },
  }));

/** Fills it and waits until all of it is decided. @returns the conversations of the chats */
export async function fill(deciding: Deciding, inbox: string, chats: number): Promise<string[]> {
  const { api } = deciding;
  await api.inbox(SETTINGS, inbox);
  const plans = planOf(readChats(FILE, chats), 1_000, settingsSchema.parse(SETTINGS), '1').map(soFar);
  const sent = plans.flatMap(movedToNow);
  const ids = plans.map(({ conversation }) => conversation);
  await deciding.take(inbox, [...sent, ...flows(9)]);
  await api.post(`/v1/inboxes/${inbox}/events`, others(ids), { headers: { Prefer: 'wait=10' } });
  await api.post(`/v1/inboxes/${inbox}/contacts`, { conversations: ['c_new_1', 'c_new_2', 'c_new_3'] });
  return ids;
}
