/** Each replay has an inbox of its own, so that nothing else is in it. */
import type { z } from 'zod';
import type { Settings, settingsSchema } from '../../src/domain/settings';
import { inboxAnswer } from '../service/answers';
import type { Client } from '../service/client';
import { inReplay } from './time';

const HOUR = 3600;

export interface Inbox {
  inbox: string;
  settings: Settings;
}

/** All timers that a chat can meet, shortened as the chats are. */
export function settingsAt(speed: number): z.input<typeof settingsSchema> {
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
  const path = `/v1/inboxes/${name}`;
  return client.ask(inboxAnswer, 'PUT', path, { settings: settingsAt(speed) });
}
