/** Conversations that lived in the past: decided and written as a worker would, at times that the test chooses. */
import type { Pool } from 'pg';
import { eventSchema } from '../../../src/domain/any-event';
import { begin, draft, writeOf, advance, type RunState } from '../../../src/domain/ledger';
import { settingsSchema } from '../../../src/domain/settings';
import { writeDecisions } from '../../../src/db/writes';

/** `[when, type, fields]`: when, in milliseconds after the beginning of the life. */
export type Happened = [number, string, object?];

export class Past {
  private made = 0;

  constructor(
    private readonly pool: Pool,
    private readonly account: string,
    /** in epoch milliseconds */
    private readonly from: number,
  ) {}

  /** @returns the conversation's id. Timers act as long as events come. */
  async lived(inbox: string, happened: Happened[], settings: object = {}): Promise<string> {
    const conversation = `past_${++this.made}`;
    const key = { account: this.account, inbox, conversation };
    const loaded = { row: null, settings: settingsSchema.parse(settings), settings_version: 1 };
    let held: RunState = begin(key, loaded, this.from);
    for (const [after, type, fields] of happened) {
      const now = this.from + after;
      const due = held.state.next?.due_at;
      if (due !== undefined && due < now) held = await this.write(key, held, [], due);
      const event = eventSchema.parse({ id: `e${++this.made}`, type, ...fields });
      held = await this.write(key, held, [event], now);
    }
    return conversation;
  }

  private async write(
    key: Parameters<typeof draft>[0],
    held: RunState,
    events: Parameters<typeof draft>[2],
    now: number,
  ): Promise<RunState> {
    const drafted = draft(key, held, events, now);
    if (drafted.length === 0) return held;
    const [made] = await writeDecisions(this.pool, [writeOf(key, held, drafted)]);
    if (!made) throw new Error('the decisions were not written');
    return advance(held, drafted);
  }
}
