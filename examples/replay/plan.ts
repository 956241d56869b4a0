/** Which events a chat becomes, and when each of them is due. Pure: the same seed makes the same plan. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { eventSchema } from '../../src/domain/any-event';
import type { Settings } from '../../src/domain/settings';
import type { Chat, Turn } from './chats';
import { compressed, spread } from './time';

/** An event as it is posted. */
export type Posted = z.input<typeof eventSchema>;

export interface Planned {
  event: Posted;
  /** milliseconds after the replay began */
  due: number;
  /** milliseconds it must wait at least after the previous event was accepted */
  pause: number;
}

export interface Plan {
  conversation: string;
  /** in the order they are to be sent */
  events: Planned[];
}

/** How customers answer the survey, in shares of all customers. The others never answer. */
const ANSWERS = [
  { how: 'once', share: 0.45 },
  { how: 'twice', share: 0.05 },
  { how: 'late', share: 0.1 },
] as const;
type HowAnswered = (typeof ANSWERS)[number]['how'];

const MINUTE_MS = 60_000;
const CLOSED_AFTER_MS = 2 * MINUTE_MS;
/** beyond the survey's timeout */
const LATE_BY_MS = 1_000;

interface Due {
  at: number;
  pause: number;
  fields: Record<string, unknown> & { type: Posted['type'] };
}

/**
 * @param speed recorded seconds in one second of the replay; long silences are shortened
 * @param seed decides who answers the survey, and how
 */
export function planOf(chats: Chat[], speed: number, settings: Settings, seed: string): Plan[] {
  const drafts = chats.map((chat) => ({
    conversation: chat.conversation,
    dues: duesOf(chat, settings, seed),
  }));
  const dueAt = compressed(
    drafts.flatMap((draft) => draft.dues.map((due) => due.at)),
    speed,
  );
  return drafts.map(({ conversation, dues }) => ({
    conversation,
    events: dues.map(({ at, pause, fields }, i) => ({
      event: {
        id: `${conversation}-${String(i + 1).padStart(3, '0')}`,
        occurred_at: new Date(at).toISOString(),
        ...fields,
      } as Posted,
      due: dueAt(at),
      pause,
    })),
  }));
}

/** The turns, a close after the last one, and the answer to the survey. */
function duesOf({ conversation, turns }: Chat, settings: Settings, seed: string): Due[] {
  const said = spread(turns).map((turn) => ({ at: turn.at, pause: 0, fields: eventOf(turn) }));
  const agent = turns.findLast((turn) => turn.from === 'agent')?.who ?? 'nobody';
  const closedAt = (said.at(-1)?.at ?? 0) + CLOSED_AFTER_MS;
  const close: Due = { at: closedAt, pause: 0, fields: { type: 'close', agent } };
  return [...said, close, ...answersOf(conversation, closedAt, settings, seed)];
}

function eventOf(turn: Turn): Due['fields'] {
  return turn.from === 'customer'
    ? { type: 'message', kind: 'text' }
    : { type: 'agent_reply', agent: turn.who };
}

function answersOf(conversation: string, closedAt: number, settings: Settings, seed: string): Due[] {
  const drawn = (what: string) => draw(`${seed}/${conversation}/${what}`);
  const at = closedAt + Math.ceil(drawn('when') * 8) * MINUTE_MS;
  const fields = { type: 'csat_answer', score: 1 + Math.floor(drawn('score') * 5) } as const;
  switch (howAnswered(drawn('whether'))) {
    case 'once':
      return [{ at, pause: 0, fields }];
    case 'twice':
      return [
        { at, pause: 0, fields },
        { at: at + MINUTE_MS, pause: 0, fields: { ...fields, score: 1 } },
      ];
    case 'late':
      return [{ at, pause: (settings.csat.timeout_seconds ?? 0) * 1000 + LATE_BY_MS, fields }];
    case null:
      return [];
  }
}

function howAnswered(drawn: number): HowAnswered | null {
  let upTo = 0;
  return ANSWERS.find(({ share }) => drawn < (upTo += share))?.how ?? null;
}

/** A number in [0, 1) made from a text. */
function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}
