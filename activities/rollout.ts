import { activityInfo, heartbeat } from '@temporalio/activity';
import type { Pool } from 'pg';
import { markRolledOut, outdatedConversations } from '../src/db/rollouts';
import { decide } from '../src/domain/decide';
import type { ConversationRow } from '../src/domain/timeline';
import { fromRecord } from '../src/domain/record';
import type { Settings } from '../src/domain/settings';
import type { TemporalClient } from '../src/temporal/client';
import type { RolloutInput } from '../src/temporal/contract';
import { forEachPaced } from './paced';

/** How fast idle conversations are signalled; each costs a worker a few milliseconds. */
const PACE = { perSecond: 100, atOnce: 1 };
const PAGE = 500;

export interface RolloutPageInput extends RolloutInput {
  /** the last conversation of the page before; null for the first page */
  after: string | null;
  /** the settings that the pages before were judged under; null for the first page */
  settings_version: number | null;
}

export interface RolloutPage {
  /** the last conversation of this page; null if there are no more */
  after: string | null;
  settings_version: number;
  /**
   * the settings have changed since the pages before, which were judged under older settings; nothing was
   * done
   */
  outdated: boolean;
}

export interface RolloutActivities {
  rolloutPage(from: RolloutPageInput): Promise<RolloutPage>;
  finishRollout(what: RolloutInput & { settings_version: number }): Promise<void>;
}

export function rolloutActivities(pool: Pool, temporal: TemporalClient): RolloutActivities {
  return {
    async rolloutPage(from) {
      const { account, inbox } = from;
      const before = told() ?? from;
      const page = await outdatedConversations(pool, { account, inbox }, before.after, PAGE);
      if (!page) return { after: null, settings_version: 0, outdated: false };
      const { settings, settings_version, rows } = page;
      if (settings_version !== (before.settings_version ?? settings_version))
        return { after: null, settings_version, outdated: true };
      const moved = rows.filter((row) => moves(row, settings));
      await forEachPaced(moved, PACE, async ({ conversation }) => {
        await temporal.reload({ account, inbox, conversation }); // a rested one too: it may have to be archived now
        heartbeat({ after: conversation, settings_version } satisfies Told);
      });
      const after = rows.length < PAGE ? null : (rows.at(-1)?.conversation ?? null);
      return { after, settings_version, outdated: false };
    },
    finishRollout: ({ account, inbox, settings_version }) =>
      markRolledOut(pool, { account, inbox }, settings_version),
  };
}

type Told = Pick<RolloutPageInput, 'after' | 'settings_version'>;

/** How far an earlier attempt came before it was cut off in the middle of its page. */
function told(): Told | undefined {
  return activityInfo().heartbeatDetails as Told | undefined;
}

/** Whether the settings move a deadline of this conversation. Usually they do not, and it is not woken. */
function moves(row: ConversationRow, settings: Settings): boolean {
  const event = { id: '@settings_changed', type: 'settings_changed' as const, settings, settings_version: 0 };
  return decide(fromRecord(row), event, settings, 0).verdict === 'applied';
}
