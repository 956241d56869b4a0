/** Deadlines that move, that are at once, that were long ago. */
import type { TestConversation } from './support/conversation';
import { eventually } from './support/eventually';
import { eventsOf, summaryOf } from './support/history';
import { REST_AFTER_MS, SkippingService } from './support/skipping';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let service: SkippingService;
beforeAll(async () => void (service = await SkippingService.begin()));
afterAll(() => service.stop());

describe('a deadline that keeps moving later', () => {
  it('costs a timer each time one rings, not one a message', async () => {
    const c = await service.conversation({ auto_close: { basis: 'last_activity', after_seconds: 3600 } });
    for (let i = 0; i < 12; i++) {
      await c.when('message');
      await service.to((await service.now()) + 10 * MINUTE);
    }
    const { next } = await c.record();
    await service.to(Date.parse(next?.due_at ?? '') + 1);
    const { at } = await service.acted(c, 'auto_close');
    expect(Date.parse(at)).toBeGreaterThanOrEqual(Date.parse(next?.due_at ?? ''));
    const started = eventsOf(await c.history(), 'timer_started').filter((e) => summaryOf(e) === 'auto-close');
    expect(started.length).toBeLessThanOrEqual(4); // two hours of messages, looked at about once an hour
  });
});

describe('a deadline that moves earlier', () => {
  it('is kept once the conversation is told of its new settings', async () => {
    const c = await service.conversation({
      auto_close: { basis: 'last_activity', after_seconds: 7 * 86_400 },
    });
    await c.when('message');
    await service.to((await service.now()) + HOUR);
    await c.set({ auto_close: { basis: 'last_activity', after_seconds: 2 * 3600 } });
    await c.tell();
    await service.to((await service.now()) + HOUR + MINUTE);
    await service.acted(c, 'auto_close');
    expect((await c.timeline()).map((e) => e.type)).toEqual([
      'message',
      'settings_changed',
      'auto_close_due',
    ]);
  });

  it('has passed already: the timer acts at once', async () => {
    const c = await service.conversation({
      auto_close: { basis: 'last_activity', after_seconds: 7 * 86_400 },
    });
    await c.when('message');
    await service.to((await service.now()) + DAY);
    await c.set({ auto_close: { basis: 'last_activity', after_seconds: 3600 } });
    await c.tell();
    await service.acted(c, 'auto_close');
    const [, changed, closed] = await c.timeline();
    expect(changed?.at).toBe(closed?.at);
  });
});

describe('settings changed without a signal', () => {
  it('are met at the old deadline, which then does not act', async () => {
    const c = await service.conversation({ auto_close: { basis: 'last_activity', after_seconds: 3600 } });
    const { at } = await c.when('message');
    await c.set({ auto_close: { basis: 'last_activity', after_seconds: 2 * 3600 } });
    await service.to(Date.parse(at) + HOUR + MINUTE);
    expect((await c.timeline()).map((e) => e.type)).toEqual(['message', 'settings_changed']);
    expect(await c.row()).toMatchObject({ status: 'new', settings_version: 2 });
    await service.to(Date.parse(at) + 2 * HOUR + 1);
    await service.acted(c, 'auto_close');
  });
});

describe('auto_archive of 0', () => {
  it.each([
    ['a close', (c: TestConversation) => c.when('close')],
    ['the end of a flow', (c: TestConversation) => c.when('flow_end')],
  ])('archives at once, after %s, and the conversation rests', async (_, ends) => {
    const c = await service.conversation({ auto_archive: { after_seconds: 0 } });
    await c.when('flow_start');
    const closed = await ends(c);
    const archived = await service.acted(c, 'auto_archive');
    expect(archived.at).toBe(closed.at);
    expect(await c.row()).toMatchObject({ status: 'closed', archived: true, next: null });
    await service.to((await service.now()) + REST_AFTER_MS);
    await c.rested();
  });
});

describe('a survey', () => {
  it('takes an answer late, and later not any more', async () => {
    const csat = { enabled: true, timeout_seconds: 3600, late_answer_seconds: 86_400 };
    const c = await service.conversation({ csat });
    await c.when('message');
    await c.when('close');
    const due = Date.parse((await c.record()).next?.due_at ?? '');
    await service.to(due + DAY - MINUTE);
    expect(await c.when('csat_answer', { score: 4 })).toMatchObject({ verdict: 'applied', to: 'closed' });
    expect((await c.record()).survey).toMatchObject({ state: 'answered', score: 4, late: true });

    const d = await service.conversation({ csat });
    await d.when('message');
    await d.when('close');
    const then = Date.parse((await d.record()).next?.due_at ?? '');
    await service.to(then + DAY + MINUTE);
    expect(await d.when('csat_answer')).toMatchObject({ verdict: 'refused', rule: 'survey_expired' });
    expect((await d.record()).survey).toMatchObject({ state: 'expired', score: null });
  });
});

describe('timers in Temporal', () => {
  it.each([
    ['auto-close', { auto_close: { basis: 'last_activity', after_seconds: 3600 } }, ['message']],
    ['C-SAT timeout', { csat: { enabled: true } }, ['message', 'close']],
    ['auto-archive', { auto_archive: { after_seconds: 3600 } }, ['message', 'close']],
    ['flow timeout', {}, ['flow_start']],
  ] as const)('are named: %s', async (name, settings, types) => {
    const c = await service.conversation(settings);
    for (const type of types) await c.when(type);
    const named = async () =>
      eventsOf(await c.history(), 'timer_started')
        .map(summaryOf)
        .includes(name);
    await eventually(`a timer named ${name}`, named);
  });
});
