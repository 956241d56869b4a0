import type { Pool } from 'pg';

import { eventSchema } from '../../src/domain/any-event';
import { notContacted, type Conversation } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import { rowOf, stepOf, type Step } from '../../src/domain/timeline';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import type { Write } from '../../src/domain/ledger';

const NOW = Date.parse('2026-03-01T09:00:00Z');
export const INBOX = 'support';
const settings = { ...DEFAULT_SETTINGS, csat: { ...DEFAULT_SETTINGS.csat, enabled: true } };
let names = 0;

export async function makeInbox(pool: Pool): Promise<void> {
  const values = [INBOX, JSON.stringify(settings)];
  await pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('a', $1, $2)`, values);
}

/** Decides a conversation as its workflow would, without a workflow. */
export class Life {
  readonly key = { account: 'a', inbox: INBOX, conversation: `c-${(names += 1)}` };
  state: Conversation = notContacted(this.key.conversation, NOW);
  seq = 0;

  /** Decides these events after those that were decided before. */
  next(...events: object[]): Write {
    const expected_seq = this.seq;
    const steps: Step[] = events.map((fields) => {
      const event = eventSchema.parse(fields);
      this.seq += 1;
      const now = NOW + this.seq * 1000;
      const decision = decide(this.state, event, settings, now);
      const step = stepOf(this.state, event, decision, {
        inbox: INBOX,
        seq: this.seq,
        settings_version: 1,
        now,
      });
      this.state = decision.state;
      return step;
    });
    const row = rowOf(this.state, { inbox: INBOX, seq: this.seq, settings_version: 1 });
    return { key: this.key, expected_seq, row, steps };
  }
}

export const message = (id: string) => ({ id, type: 'message' });
