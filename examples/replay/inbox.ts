/** Each replay has an inbox of its own, so that nothing else is in it. */
import type { Client, Inbox, SettingsInput } from '../../clients/typescript/src/index';
import { inReplay } from './time';

const HOUR = 3600;

/** All timers that a chat can meet, shortened as the chats are. */
export function settingsAt(speed: number): SettingsInput {
  return {
    csat: { enabled: true, timeout_seconds: inReplay(HOUR, speed, 2, 10), late_answer_seconds: HOUR },
    auto_close: { after_seconds: inReplay(HOUR / 2, speed, 2, HOUR), basis: 'last_activity' },
    auto_archive: { after_seconds: inReplay(HOUR, speed, 2, 10) },
    reopen_window_seconds: inReplay(HOUR / 4, speed, 1, HOUR),
  };
}

export async function createInbox(client: Client, speed: number): Promise<Inbox> {
  const now = new Date().toISOString();
  const name = `replay-${now.slice(0, 19).replaceAll(/[-:]/g, '')}-${process.pid}`;
  const params = { path: { inbox: name } };
  return client.PUT('/v1/inboxes/{inbox}', { params, body: { settings: settingsAt(speed) } });
}
