/** Guarantee 13: a year passes correctly. */
import type { Timer } from '../../src/domain/conversation';
import type { EventType } from '../../src/domain/events';
import type { InboxSettings } from './support/service';
import { SkippingService } from './support/skipping';

const DAY = 86_400_000;
const LONGEST = 366 * 86_400; // seconds
const MINUTE = 60_000;

let service: SkippingService;
beforeAll(async () => void (service = await SkippingService.begin()));
afterAll(() => service.stop());

it('every timer can wait for a whole year, and a minute less is too early', async () => {
  const until = new Date((await service.now()) + 365 * DAY).toISOString();
  const waiting: [Timer, InboxSettings, [EventType, object?][]][] = [
    ['auto_close', { auto_close: { basis: 'last_activity', after_seconds: LONGEST } }, [['message']]],
    ['csat_timeout', { csat: { enabled: true, timeout_seconds: LONGEST } }, [['message'], ['close']]],
    ['auto_archive', { auto_archive: { after_seconds: LONGEST } }, [['message'], ['close']]],
    ['flow_timeout', { flows: { timeout_seconds: LONGEST } }, [['flow_start']]],
    ['snooze', {}, [['message'], ['snooze', { until }]]],
  ];
  const conversations = await Promise.all(
    waiting.map(async ([timer, settings, events]) => {
      const c = await service.conversation(settings);
      for (const [type, fields] of events) await c.when(type, fields);
      const { next } = await c.record();
      expect(next?.timer).toBe(timer);
      return { c, timer, due: Date.parse(next?.due_at ?? ''), decided: events.length };
    }),
  );
  const first = Math.min(...conversations.filter(({ timer }) => timer !== 'snooze').map(({ due }) => due));
  await service.to(first - MINUTE);
  for (const { c, timer, decided } of conversations) {
    expect((await c.timeline()).length).toBe(timer === 'snooze' ? decided + 1 : decided);
  }
  for (const { c, timer, due } of conversations) {
    await service.to(due + 1);
    const { at } = await service.acted(c, timer);
    expect(Date.parse(at) - due).toBeGreaterThanOrEqual(0);
    expect(Date.parse(at) - due).toBeLessThan(MINUTE);
  }
});

it('a conversation lives through a year: an episode a month, each ended by its timers', async () => {
  const c = await service.conversation({
    auto_close: { basis: 'last_activity', after_seconds: 3 * 86_400 },
    csat: { enabled: true, on_auto_close: true, timeout_seconds: 86_400 },
    auto_archive: { after_seconds: 7 * 86_400 },
  });
  const began = await service.now();
  for (let month = 0; month < 12; month++) {
    await service.to(began + month * 30 * DAY);
    await c.when('message');
    await service.to((await service.now()) + DAY);
    await c.when('agent_reply');
    await c.when('snooze', { until: new Date((await service.now()) + 2 * DAY).toISOString() });
    await service.to((await service.now()) + 14 * DAY);
    await service.acted(c, 'auto_archive');
  }
  const month = ['message', 'agent_reply', 'snooze', 'snooze_over', 'auto_close_due', 'csat_timeout'];
  expect((await c.timeline()).map((e) => e.type)).toEqual(
    Array.from({ length: 12 }, () => [...month, 'auto_archive_due']).flat(),
  );
  const episodes = await c.rows<{ episode: number; closed_at: string; started_at: string }>(
    'episodes',
    'episode',
  );
  expect(episodes.map((e) => e.episode)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  for (const { started_at, closed_at } of episodes) {
    const days = (Date.parse(closed_at) - Date.parse(started_at)) / DAY;
    expect(Math.round(days)).toBe(1 + 2 + 3 + 1); // reply, snooze, silence, survey
  }
  const surveys = await c.rows<{ state: string }>('surveys', 'asked_at');
  expect(surveys.map((s) => s.state)).toEqual(Array.from({ length: 12 }, () => 'expired'));
});
