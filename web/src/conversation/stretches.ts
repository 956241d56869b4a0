import type { TimelineEntry } from '../../../clients/typescript/src/index.ts';
import type { Status } from '../model/words.ts';

export interface Stretch {
  from: number;
  to: number;
}

const isWork = (status: Status) => status === 'new' || status === 'in_progress';

/** Which status it had when, from what is loaded of its timeline (oldest first) until now. */
export function statusesOf(entries: readonly TimelineEntry[], now: number): (Stretch & { status: Status })[] {
  const stretches: (Stretch & { status: Status })[] = [];
  for (const entry of entries) {
    const at = Date.parse(entry.at);
    const open = stretches.at(-1);
    if (open?.status === entry.to) continue;
    if (open) open.to = at;
    stretches.push({ status: entry.to, from: at, to: now });
  }
  return stretches;
}

/** When the customer waited for a person. A message counts from its own time. */
export function waitsOf(entries: readonly TimelineEntry[], now: number): Stretch[] {
  const waits: Stretch[] = [];
  let since: number | null = null;
  const end = (at: number) => {
    if (since !== null) waits.push({ from: since, to: at });
    since = null;
  };
  for (const entry of entries) {
    if (entry.verdict !== 'applied') continue;
    const at = Date.parse(entry.at);
    if (endsWait(entry)) end(at);
    else if (beginsWait(entry)) since ??= saidAt(entry);
  }
  end(now);
  return waits;
}

function endsWait({ type, to, data }: TimelineEntry): boolean {
  if (to === 'resolved' || to === 'closed') return true;
  if (type === 'automatic_message') return data.answers === true && isWork(to);
  const isInbound = type === 'flow_start' && data.source === 'inbound' && data.has_priority !== true;
  return type === 'agent_reply' || isInbound;
}

/** A flow that hands over leaves somebody waiting for a person; one that goes back to what it interrupted changes nothing of it. */
function beginsWait({ type, to }: TimelineEntry): boolean {
  return isWork(to) && (type === 'message' || type === 'flow_end' || type === 'flow_timeout');
}

const WEEK_MS = 7 * 86_400_000;

function saidAt({ type, at, data }: TimelineEntry): number {
  const arrived = Date.parse(at);
  const said =
    type === 'message' && typeof data.occurred_at === 'string' ? Date.parse(data.occurred_at) : arrived;
  return Math.max(Math.min(said, arrived), arrived - WEEK_MS);
}
