import { PostgresUnavailableError } from '../../src/db/unavailable';
import { StaleCache } from '../../src/http/core/stale-cache';

const MEMORY = { freshMs: 1_000, missingMs: 100, most: 3 };
const away = () => Promise.reject(new PostgresUnavailableError());

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function remembered(first: (name: string) => Promise<string | null> = (name) => Promise.resolve(name)) {
  const look = jest.fn(first);
  return { look, memory: new StaleCache(look, MEMORY) };
}

it('looks once for as long as it is fresh, and then again', async () => {
  const { look, memory } = remembered();
  for (const ms of [0, 500, 499]) {
    jest.advanceTimersByTime(ms);
    expect(await memory.get('a')).toBe('a');
  }
  expect(look).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(1);
  await memory.get('a');
  expect(look).toHaveBeenCalledTimes(2);
});

it('shares a look between those who ask at once', async () => {
  const { look, memory } = remembered();
  expect(await Promise.all([memory.get('a'), memory.get('a'), memory.get('b')])).toEqual(['a', 'a', 'b']);
  expect(look).toHaveBeenCalledTimes(2);
});

it('remembers for a short while that there was nothing', async () => {
  const { look, memory } = remembered(() => Promise.resolve(null));
  expect(await memory.get('a')).toBeNull();
  jest.advanceTimersByTime(99);
  expect(await memory.get('a')).toBeNull();
  expect(look).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(1);
  look.mockResolvedValue('a');
  expect(await memory.get('a')).toBe('a');
});

it('keeps to what it knew while the database is away, and to nothing it did not', async () => {
  const { look, memory } = remembered();
  await memory.get('a');
  look.mockImplementation(away);
  jest.advanceTimersByTime(60_000);
  expect(await memory.get('a')).toBe('a');
  await expect(memory.get('b')).rejects.toThrow(PostgresUnavailableError);
});

it('forgets what is gone, once told to look again', async () => {
  const { look, memory } = remembered();
  await memory.get('a');
  look.mockResolvedValue(null);
  expect(await memory.get('a')).toBe('a');
  memory.expire();
  expect(await memory.get('a')).toBeNull();
});

it('does not trust a look that began before it was told to look again', async () => {
  let answer: (value: string) => void = () => {};
  const { look, memory } = remembered(() => new Promise((resolve) => (answer = resolve)));
  const early = memory.get('a');
  memory.expire();
  answer('old');
  expect(await early).toBe('old');
  look.mockResolvedValue(null);
  expect(await memory.get('a')).toBeNull();
});

it('looks up each name a few times, though it is told to look again while all of them are looked up', async () => {
  const takesMs = (name: string) => 8 + (Number(name) % 13);
  const look = jest.fn(
    (name: string) => new Promise<string>((resolve) => setTimeout(resolve, takesMs(name), name)),
  );
  const memory = new StaleCache(look, { ...MEMORY, most: 100 });
  const names = Array.from({ length: 50 }, (_, i) => String(i));
  const askedEach = async (ms: number) => {
    for (let at = 0; at < ms; at++) {
      for (const name of names) void memory.get(name);
      await jest.advanceTimersByTimeAsync(1);
    }
  };
  await askedEach(50);
  look.mockClear();
  memory.expire();
  await askedEach(7);
  memory.expire();
  await askedEach(500);
  expect(look.mock.calls.length).toBeLessThanOrEqual(2 * names.length);
});

it('has a bound, for any requests', async () => {
  const { look, memory } = remembered();
  for (const name of ['a', 'b', 'c', 'd']) await memory.get(name);
  look.mockImplementation(away);
  await expect(memory.get('a')).rejects.toThrow(PostgresUnavailableError);
  expect(await memory.get('d')).toBe('d');
});
