/**
 * An event that is waiting when a timer comes due is decided before the timer, which never acts on a deadline
 * that moved.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { EventType } from '../../src/domain/events';
import type { TestConversation } from './support/conversation';
import { eventually } from './support/eventually';
import { Service, type InboxSettings } from './support/service';

let service: Service;
beforeAll(async () => void (service = await Service.start()));
afterAll(() => service.stop());

interface Row {
  name: string;
  settings(seconds: number): InboxSettings;
  before: EventType[];
  waiting: EventType;
  after: string[];
}

const rows: Row[] = [
  {
    name: 'auto_close moves',
    settings: (after_seconds) => ({ auto_close: { basis: 'last_activity', after_seconds } }),
    before: ['message'],
    waiting: 'message',
    after: ['message: new'],
  },
  {
    name: 'auto_close by silence is off',
    settings: (after_seconds) => ({
      auto_close: { after_seconds, basis: 'customer_silence' },
    }),
    before: ['agent_reply'],
    waiting: 'message',
    after: ['message: in_progress'],
  },
  {
    name: 'csat_timeout is off',
    settings: (timeout_seconds) => ({ csat: { enabled: true, timeout_seconds } }),
    before: ['agent_reply', 'close'],
    waiting: 'csat_answer',
    after: ['csat_answer: closed'],
  },
  {
    name: 'auto_archive is off',
    settings: (after_seconds) => ({ auto_archive: { after_seconds } }),
    before: ['message', 'close'],
    waiting: 'reopen',
    after: ['reopen: in_progress'],
  },
  {
    name: 'flow_timeout is off',
    settings: (timeout_seconds) => ({ flows: { timeout_seconds } }),
    before: ['flow_start'],
    waiting: 'flow_end',
    after: ['flow_end: closed'],
  },
  {
    name: 'snooze is off',
    settings: () => ({}),
    before: ['message', 'snooze'],
    waiting: 'message',
    after: ['message: new'],
  },
  {
    name: 'auto_close stands',
    settings: (after_seconds) => ({ auto_close: { basis: 'last_activity', after_seconds } }),
    before: ['message'],
    waiting: 'tag_add',
    after: ['tag_add: new', 'auto_close_due: closed'],
  },
  {
    name: 'flow_timeout stands',
    settings: (timeout_seconds) => ({ flows: { timeout_seconds } }),
    before: ['flow_start'],
    waiting: 'message',
    after: ['message: in_flow', 'flow_timeout: new'],
  },
];

it('no worker is there while the deadline passes and an event comes; then one is', async () => {
  const given = await armed();
  const deadlines = await Promise.all(given.map(async ({ c }) => (await c.row())?.next?.due_at ?? ''));
  await pause(Math.max(0, Math.max(...deadlines.map(Date.parse)) - Date.now()) + 100);
  await Promise.all(given.map(({ c, row }) => c.send(row.waiting, { id: 'waiting' })));
  await service.startWorker();

  await Promise.all(given.map(({ c }) => c.decided('waiting')));
  for (const { c, row } of given) {
    const last = await eventually(row.name, async () => {
      const decisions = (await c.timeline()).slice(row.before.length);
      return decisions.length >= row.after.length && decisions.slice(0, row.after.length);
    });
    expect([row.name, ...last.map((e) => `${e.type}: ${e.to}`)]).toEqual([row.name, ...row.after]);
  }
});

/** Conversations with armed timers and no worker. On a slow machine the timers must be longer. */
async function armed(seconds = 1): Promise<{ c: TestConversation; row: Row }[]> {
  const given = await Promise.all(
    rows.map(async (row) => {
      const c = await service.conversation(row.settings(seconds));
      for (const type of row.before) await c.when(type, ...until(type, seconds));
      return { c, row };
    }),
  );
  await service.stopWorker();
  const decided = await Promise.all(
    given.map(async ({ c, row }) => (await c.timeline()).length - row.before.length),
  );
  if (decided.every((n) => n === 0)) return given;
  await service.startWorker();
  return armed(seconds * 2);
}

function until(type: EventType, seconds: number): [{ until: string }?] {
  return type === 'snooze' ? [{ until: new Date(Date.now() + seconds * 1000).toISOString() }] : [];
}
