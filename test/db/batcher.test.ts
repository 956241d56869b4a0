import { Batcher } from '../../src/db/batcher';

const SHARED = { size: 3, linger_ms: 1, faultOfOne: (error: unknown) => (error as Error).message === 'data' };

function recorded(answer: (item: number) => number = (item) => item * 10) {
  const calls: number[][] = [];
  const call = async (items: number[]) => {
    calls.push(items);
    await new Promise((resolve) => setImmediate(resolve));
    return items.map(answer);
  };
  return { calls, batches: new Batcher(call, SHARED) };
}

describe('work that is shared', () => {
  it('goes at once if no call runs', async () => {
    const { calls, batches } = recorded();
    const first = batches.add(1);
    expect(calls).toEqual([[1]]);
    expect(await first).toBe(10);
  });

  it('that comes during a call goes together in the next one, in order, up to the limit', async () => {
    const { calls, batches } = recorded();
    const answers = await Promise.all([1, 2, 3, 4, 5].map((item) => batches.add(item)));
    expect(answers).toEqual([10, 20, 30, 40, 50]);
    expect(calls).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('fails only for the item that causes the error', async () => {
    const { batches } = recorded((item) => {
      if (item === 3) throw new Error('data');
      return item;
    });
    const settled = await Promise.allSettled([1, 2, 3, 4].map((item) => batches.add(item)));
    expect(settled.map((s) => s.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails for all items, without another try, if none of them causes the error', async () => {
    const { calls, batches } = recorded(() => {
      throw new Error('away');
    });
    const settled = await Promise.allSettled([1, 2, 3].map((item) => batches.add(item)));
    expect(settled.map((s) => s.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(calls).toEqual([[1], [2, 3]]);
  });

  it('does not wait without limit for a call that is never answered', async () => {
    const calls: number[][] = [];
    const batches = new Batcher((items: number[]) => {
      calls.push(items);
      return items[0] === 1 ? new Promise<number[]>(() => {}) : Promise.resolve(items);
    }, SHARED);
    void batches.add(1);
    const began = Date.now();
    expect(await Promise.all([batches.add(2), batches.add(3)])).toEqual([2, 3]);
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(calls).toEqual([[1], [2, 3]]);
    expect(batches.behindMs).toBeGreaterThanOrEqual(900);
  });

  it('is not done for a caller that left before the call or during it', async () => {
    const { calls, batches } = recorded();
    const [during, before] = [new AbortController(), new AbortController()];
    const answers = [batches.add(1, during.signal), batches.add(2, before.signal), batches.add(3)];
    before.abort(new Error('too late'));
    during.abort(new Error('too late'));
    expect((await Promise.allSettled(answers)).map((s) => s.status)).toEqual([
      ...['rejected', 'rejected', 'fulfilled'],
    ]);
    await expect(batches.add(4, AbortSignal.abort())).rejects.toThrow('nobody waits');
    expect(calls).toEqual([[1], [3]]);
    expect(batches.behindMs).toBe(0);
  });

  it('is behind from its first failure until a call succeeds', async () => {
    let away = true;
    const { batches } = recorded((item) => {
      if (away) throw new Error('away');
      return item;
    });
    await expect(batches.add(1)).rejects.toThrow('away');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(batches.behindMs).toBeGreaterThanOrEqual(45);
    away = false;
    await batches.add(2);
    expect(batches.behindMs).toBe(0);
  });

  it('goes on after a failure', async () => {
    let away = true;
    const { batches } = recorded((item) => {
      if (away) throw new Error('away');
      return item;
    });
    await expect(batches.add(1)).rejects.toThrow('away');
    away = false;
    expect(await batches.add(2)).toBe(2);
  });
});
