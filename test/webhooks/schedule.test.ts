import type { Health } from '../../src/db/delivering';
import { afterTry, nextTry, retryAfter } from '../../src/webhooks/schedule';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** The moments of all tries of a delivery that always fails, in milliseconds after the first. */
function tries(random: number): number[] {
  const at = [0];
  for (;;) {
    const now = at.at(-1)!;
    const next = nextTry({ tries: at.length, first_try_at: 0, now, retry_after: null, random });
    if (next === null) return at;
    at.push(next);
  }
}

test('what fails is tried again after 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 5 h, 10 h, then every 12 h, up to 3 days', () => {
  const at = tries(0);
  const pauses = at.slice(1).map((t, i) => (t - at[i]!) / SECOND);
  expect(pauses).toEqual([
    ...[5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000],
    ...[43_200, 43_200, 43_200, 43_200],
  ]);
  expect(at.at(-1)).toBeLessThan(72 * HOUR);
  expect(at.at(-1)! + 12 * HOUR).toBeGreaterThan(72 * HOUR);
});

test('jitter makes it later by up to a tenth, and never earlier', () => {
  const [early, late] = [tries(0), tries(1)];
  expect(late[1]).toBe(5_500);
  expect(late.slice(0, early.length).every((at, i) => at >= early[i]!)).toBe(true);
});

test('a receiver that asks to be left alone is, but not beyond the three days', () => {
  const failed = { tries: 1, first_try_at: 0, now: 0, random: 0 };
  expect(nextTry({ ...failed, retry_after: HOUR })).toBe(HOUR);
  expect(nextTry({ ...failed, retry_after: 2 * SECOND })).toBe(5 * SECOND);
  expect(nextTry({ ...failed, retry_after: 73 * HOUR })).toBeNull();
});

test.each([
  ['120', 120 * SECOND],
  ['Thu, 01 Jan 1970 00:10:00 GMT', 600 * SECOND],
  ['soon', null],
  ['-5', null],
  ['Wed, 31 Dec 1969 00:10:00 GMT', null],
  [undefined, null],
])('Retry-After: %s', (header, at) => {
  expect(retryAfter(header, 0)).toBe(at);
});

describe('an endpoint', () => {
  const well = { failures: 0, held_until: null };
  const fail = (times: number, at = 0, health: Health = well) =>
    Array.from({ length: times }).reduce((now: Health) => afterTry(now, false, at), health);

  it('is held for 5 s after five failures in a row, and twice as long after each further one, up to a minute', () => {
    let health = fail(4);
    expect(health).toEqual({ failures: 4, held_until: null });
    let now = 0;
    const held = [1, 2, 3, 4, 5, 6].map(() => {
      health = afterTry(health, false, now);
      const pause = health.held_until! - now;
      now = health.held_until!;
      return pause;
    });
    expect(held).toEqual([5, 10, 20, 40, 60, 60].map((s) => s * SECOND));
  });

  it('starts anew after one success, also where its failures are not in a row', () => {
    expect(afterTry(fail(9), true, 0)).toEqual(well);
    expect(fail(4, 0, afterTry(fail(4), true, 0))).toEqual({ failures: 4, held_until: null });
  });

  it('that fails 64 times at once is held for 5 s', () => {
    expect(fail(64)).toEqual({ failures: 5, held_until: 5 * SECOND });
  });

  it('that asked for a pause gets it, whatever else succeeds or fails meanwhile', () => {
    const asked = { failures: 1, held_until: HOUR };
    expect(afterTry(asked, true, 0).held_until).toBe(HOUR);
    expect(fail(4, 0, asked)).toEqual({ failures: 5, held_until: HOUR });
  });
});
