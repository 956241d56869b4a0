/** Every timer, with events just before, at and after its deadline (guarantee 13). */
import type { Timer } from '../../src/domain/conversation';
import { TIMER_EVENTS, type EventType } from '../../src/domain/events';
import type { ConversationRecord } from '../../src/domain/record';
import type { TestConversation } from './support/conversation';
import type { InboxSettings } from './support/service';
import { SkippingService } from './support/skipping';

type Happening = [EventType, Record<string, unknown>?];

interface Row {
  timer: Timer;
  title: string;
  settings: InboxSettings;
  given: Happening[];
  /** what it does, in the record */
  does: Partial<ConversationRecord>;
  before: { event: Happening; says: string; then: 'moves' | 'goes' };
  after: { event: Happening; says: string };
}

const HOUR = 3_600_000;
const MARGIN = 30_000; // on a busy machine the clock runs on by some seconds

const rows: Row[] = [
  {
    timer: 'auto_close',
    title: 'auto_close, after the last activity',
    settings: { auto_close: { basis: 'last_activity', after_seconds: 3600 } },
    given: [['message']],
    does: { status: 'closed', unread: false, close: { by: 'auto_close', agent: null, reason: null } },
    before: { event: ['message'], says: 'applied new → new', then: 'moves' },
    after: { event: ['message'], says: 'applied closed → new' },
  },
  {
    timer: 'auto_close',
    title: "auto_close, by the customer's silence",
    settings: { auto_close: { after_seconds: 3600, basis: 'customer_silence' } },
    given: [['message'], ['agent_reply']],
    does: { status: 'closed', close: { by: 'auto_close', agent: null, reason: null } },
    before: { event: ['message'], says: 'applied in_progress → in_progress', then: 'goes' },
    after: { event: ['agent_reply'], says: 'applied closed → in_progress' },
  },
  {
    timer: 'auto_close',
    title: 'auto_close, with a survey',
    settings: {
      csat: { enabled: true, on_auto_close: true },
      auto_close: { basis: 'last_activity', after_seconds: 3600 },
    },
    given: [['agent_reply']],
    does: { status: 'resolved', close: { by: 'auto_close', agent: null, reason: null } },
    before: { event: ['agent_reply'], says: 'applied in_progress → in_progress', then: 'moves' },
    after: { event: ['csat_answer'], says: 'applied resolved → closed' },
  },
  {
    timer: 'csat_timeout',
    title: 'csat_timeout',
    settings: { csat: { enabled: true, timeout_seconds: 3600 } },
    given: [['message'], ['close']],
    does: { status: 'closed', close: { by: 'agent', agent: 'ana', reason: null } },
    before: { event: ['csat_answer'], says: 'applied resolved → closed', then: 'goes' },
    after: { event: ['csat_answer'], says: 'applied closed → closed' },
  },
  {
    timer: 'auto_archive',
    title: 'auto_archive',
    settings: { auto_archive: { after_seconds: 3600 } },
    given: [['message'], ['close']],
    does: { status: 'closed', archived: true },
    before: { event: ['reopen'], says: 'applied closed → in_progress', then: 'goes' },
    after: { event: ['archive'], says: 'ignored no_change' },
  },
  {
    timer: 'flow_timeout',
    title: 'flow_timeout',
    settings: { flows: { timeout_seconds: 3600 } },
    given: [['flow_start']],
    does: { status: 'closed', unread: false, flow: null },
    before: { event: ['flow_end'], says: 'applied in_flow → closed', then: 'goes' },
    after: { event: ['flow_end'], says: 'ignored stale_flow' },
  },
  {
    timer: 'snooze',
    title: 'snooze',
    settings: {},
    given: [['message'], ['mark_read'], ['snooze']],
    does: { status: 'new', unread: true, snoozed_until: null },
    before: { event: ['message'], says: 'applied new → new', then: 'goes' },
    after: { event: ['unsnooze'], says: 'ignored no_change' },
  },
];

let service: SkippingService;
beforeAll(async () => void (service = await SkippingService.begin()));
afterAll(() => service.stop());

describe.each(rows)('$title', (row) => {
  it('does nothing before its deadline, and acts at it', async () => {
    const { c, due } = await given(row);
    const before = await c.record();
    await service.to(due - MARGIN);
    expect(await c.record()).toEqual(before);
    await service.to(due + 1);
    const entry = await service.acted(c, row.timer);
    expect(entry).toMatchObject({ verdict: 'applied', data: { due_at: new Date(due).toISOString() } });
    const late = Date.parse(entry.at) - due;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(MARGIN);
    expect(await c.row()).toMatchObject(row.does);
    expect(await c.record()).toMatchObject(row.does);
  });

  it(`leaves an event just before it alone: the deadline ${row.before.then}`, async () => {
    const { c, due } = await given(row);
    await service.to(due - MARGIN);
    expect(await happens(c, row.before.event)).toBe(row.before.says);
    const { next } = await c.record();
    const decided = (await c.timeline()).length;
    await service.to(due + MARGIN);
    expect((await c.timeline()).length).toBe(decided); // it looked, and let it be
    if (row.before.then === 'goes') return expect(next).toBeNull();
    expect(next?.timer).toBe(row.timer);
    const later = Date.parse(next?.due_at ?? '');
    expect(later).toBeGreaterThan(due + HOUR / 2);
    await service.to(later + 1);
    await service.acted(c, row.timer);
    expect(await c.record()).toMatchObject(row.does);
  });

  it('has acted for an event just after it', async () => {
    const { c, due } = await given(row);
    await service.to(due + MARGIN);
    expect(await happens(c, row.after.event)).toBe(row.after.says);
    const types = (await c.timeline()).map((entry) => entry.type);
    expect(types.at(-2)).toBe(TIMER_EVENTS[row.timer]);
  });
});

async function given({ settings, given: happenings, timer }: Row) {
  const c = await service.conversation(settings);
  for (const happening of happenings) await happens(c, happening);
  const { next } = await c.record();
  expect(next?.timer).toBe(timer);
  return { c, due: Date.parse(next?.due_at ?? '') };
}

async function happens(c: TestConversation, [type, fields]: Happening): Promise<string> {
  const until = new Date((await service.now()) + HOUR).toISOString();
  const { verdict, reason, rule, from, to } = await c.when(type, type === 'snooze' ? { until } : fields);
  return verdict === 'applied' ? `applied ${from} → ${to}` : `${verdict} ${reason ?? rule}`;
}
