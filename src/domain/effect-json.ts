import type { Effect } from './effects';
import type { Entry, Outgoing } from './timeline';
import type { ConversationKey } from './key';
import { iso, type ConversationRecord } from './record';

/** The JSON of one effect. Webhooks and streams send the same text (docs/callers/receiver.md). */
export interface Telling {
  type: Effect['type'];
  /** the time of the decision */
  timestamp: string;
  data: {
    account: string;
    inbox: string;
    seq: number;
    version: number;
    event: { id: string; type: string; by: string | null };
    /** as it was right after the decision */
    conversation: ConversationRecord;
  } & Record<string, unknown>;
}

export function tellingOf({ account, inbox }: ConversationKey, entry: Entry, effect: Outgoing): Telling {
  const { type, conversation, ...fields } = effect;
  const { seq, version } = entry;
  return {
    type,
    timestamp: entry.at,
    data: { account, inbox, seq, version, event: causeOf(entry), conversation, ...asShown(fields) },
  };
}

function causeOf({ event: id, type, data }: Entry): Telling['data']['event'] {
  const by = data.by ?? data.agent;
  return { id, type, by: typeof by === 'string' ? by : null };
}

/** An effect's own fields: times in RFC 3339. */
function asShown({ event: _, ...fields }: Record<string, unknown>): Record<string, unknown> {
  const { expires_at } = fields;
  return typeof expires_at === 'number' ? { ...fields, expires_at: iso(expires_at) } : fields;
}
