import { settingsAt } from '../../examples/replay/inbox';
import type { Chat, Turn } from '../../examples/replay/chats';
import { planOf } from '../../examples/replay/plan';
import { compressed, inReplay, spread } from '../../examples/replay/time';
import { eventSchema } from '../../src/domain/any-event';
import { settingsSchema } from '../../src/domain/settings';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const settings = settingsSchema.parse({ csat: { enabled: true, timeout_seconds: 3 } });
const turn = (minutes: number, from: Turn['from'], who: string = from): Turn => ({
  at: minutes * MINUTE,
  from,
  who,
});

const chat = (conversation: string, from = 0): Chat => ({
  conversation,
  turns: [turn(from, 'customer'), turn(from + 1, 'agent', 'a_1'), turn(from + 3, 'agent', 'a_2')],
});
const many = Array.from({ length: 400 }, (_, i) => chat(`c_${i}`));
const typesOf = (chats: Chat[], seed = '1') =>
  planOf(chats, 60, settings, seed).map((plan) => plan.events.map((planned) => planned.event.type));

describe('the plan of a replay', () => {
  test('turns become messages and replies, the last agent closes, and every event is one the service takes', () => {
    const [plan] = planOf([chat('c_1')], 60, settings, '1');
    const events = plan!.events.map((planned) => eventSchema.parse(planned.event));
    expect(events.slice(0, 4)).toMatchObject([
      { id: 'c_1-001', type: 'message', occurred_at: '1970-01-01T00:00:00.000Z' },
      { id: 'c_1-002', type: 'agent_reply', agent: 'a_1' },
      { id: 'c_1-003', type: 'agent_reply', agent: 'a_2' },
      { id: 'c_1-004', type: 'close', agent: 'a_2' },
    ]);
  });

  test('at that speed: at 60, a recorded minute takes a second', () => {
    const [plan] = planOf([chat('c_1')], 60, settings, '1');
    expect(plan!.events.slice(0, 4).map((planned) => planned.due)).toEqual([0, 1000, 3000, 5000]);
  });

  test('some answer the survey, some twice, some only after it timed out, some never', () => {
    const answers = planOf(many, 60, settings, '1').map((plan) => plan.events.slice(4));
    const late = answers.filter((of) => of.some((planned) => planned.pause > 3000));
    const twice = answers.filter((of) => of.length === 2);
    const never = answers.filter((of) => of.length === 0);
    expect(late.length).toBeGreaterThan(20);
    expect(twice.length).toBeGreaterThan(5);
    expect(never.length).toBeGreaterThan(120);
    expect(answers.length - late.length - twice.length - never.length).toBeGreaterThan(140);
  });

  test('the same seed makes the same plan, another seed another one', () => {
    expect(planOf(many, 60, settings, 'a')).toEqual(planOf(many, 60, settings, 'a'));
    expect(typesOf(many, 'a')).not.toEqual(typesOf(many, 'b'));
  });

  test('what a customer does is the same, however many others are replayed', () => {
    expect(typesOf(many.slice(0, 10))).toEqual(typesOf(many).slice(0, 10));
  });

  test('ids are unique and events never due before the one before them', () => {
    const plans = planOf([...many, chat('later', 5000)], 60, settings, '1');
    const ids = plans.flatMap((plan) => plan.events.map((planned) => planned.event.id));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { events } of plans) {
      const dues = events.map((planned) => planned.due);
      expect(dues).toEqual([...dues].sort((a, b) => a - b));
    }
  });
});

describe('time made short', () => {
  test('silences are cut to five minutes, shorter ones are kept', () => {
    const due = compressed([0, 4 * MINUTE, 4 * MINUTE + DAY, 4 * MINUTE + DAY], 1);
    expect([due(0), due(4 * MINUTE), due(4 * MINUTE + DAY)]).toEqual([0, 4 * MINUTE, 9 * MINUTE]);
  });

  test('what was written within one recorded minute is spread over it', () => {
    const turns = [turn(1, 'customer', 'a'), turn(1, 'agent', 'b'), turn(2, 'customer', 'c')];
    expect(spread(turns).map(({ at, who }) => [at / MINUTE, who])).toEqual([[1, 'a'], [1.5, 'b'], [2, 'c']]); // prettier-ignore
  });

  test('timers shrink with the speed, to whole seconds and within bounds', () => {
    expect([1, 600, 100_000].map((speed) => inReplay(3600, speed, 2, 10))).toEqual([10, 6, 2]);
    for (const speed of [0.5, 1, 1000, 1e6])
      expect(settingsSchema.safeParse(settingsAt(speed)).success).toBe(true);
  });
});
