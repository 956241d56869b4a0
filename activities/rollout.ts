import { heartbeat } from '@temporalio/activity';
import type { Pool } from 'pg';
import { markRolledOut, outdatedConversations } from '../src/db/rollouts';
import { decide } from '../src/domain/decide';
import type { ConversationRow } from '../src/domain/history';
import { fromRecord } from '../src/domain/record';
import type { Settings } from '../src/domain/settings';
import type { TemporalClient } from '../src/temporal/client';
import type { RolloutInput } from '../src/temporal/contract';

const PAGE = 500;

export interface RolloutPage {
  /** the last conversation looked at; null when there are no more */
  after: string | null;
  signalled: number;
  settings_version: number;
}

export interface RolloutActivities {
  rolloutPage(from: RolloutInput & { after: string | null }): Promise<RolloutPage>;
  finishRollout(what: RolloutInput & { settings_version: number }): Promise<void>;
}

export function rolloutActivities(pool: Pool, temporal: TemporalClient): RolloutActivities {
  return {
    async rolloutPage({ account, inbox, after }) {
      const page = await outdatedConversations(pool, { account, inbox }, after, PAGE);
      if (!page) return { after: null, signalled: 0, settings_version: 0 };
      const moved = page.rows.filter((row) => moves(row, page.settings));
      for (const { conversation } of moved) {
        await temporal.reload({ account, inbox, conversation }); // a rested one too: it may have to be archived now
        heartbeat();
      }
      return {
        after: page.rows.length < PAGE ? null : (page.rows.at(-1)?.conversation ?? null),
        signalled: moved.length,
        settings_version: page.settings_version,
      };
    },
    finishRollout: ({ account, inbox, settings_version }) =>
      markRolledOut(pool, { account, inbox }, settings_version),
  };
}

/** Whether the settings move a deadline of this conversation. Most often they don't, and it is left to sleep. */
function moves(row: ConversationRow, settings: Settings): boolean {
  const event = { id: '@settings_changed', type: 'settings_changed' as const, settings, settings_version: 0 };
  return decide(fromRecord(row), event, settings, 0).verdict === 'applied';
}
