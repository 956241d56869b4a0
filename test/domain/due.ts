/** What the tests of timers share. */
import type { Timer } from '../../src/domain/conversation';
import { HOUR, NOW, type Given, type Told } from './given';

export const AUTO_CLOSE = { auto_close: { after_seconds: 7200, basis: 'last_activity' as const } };
export const SILENCE = { auto_close: { after_seconds: 7200 } };
export const AUTO_ARCHIVE = { auto_archive: { after_seconds: 7200 } };
export const asleep = { snoozed_until: NOW + HOUR };

/** How the service decides a timer whose deadline is gone. */
export const NOTHING = { says: 'ignored no_change', changes: {}, effects: [] };

export const next = (g: Given | Told) => ('and' in g ? g.and : g).state.next;
export const due = (timer: Timer, due_at: number) => ({ timer, due_at });
