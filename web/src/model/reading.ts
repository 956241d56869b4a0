import { useEffect, useState } from 'preact/hooks';
import { said } from './session.ts';

export interface Reading<T> {
  /** what was last read; null: nothing yet */
  value: T | null;
  /** why it could not be read the last time; empty: it could */
  error: string;
  refresh: () => void;
}

/**
 * Reads again and again while somebody looks.
 * @param of what it is about: when that changes, what was read of the other is forgotten
 */
export function useReading<T>(
  of: string,
  everyMs: number,
  read: (signal: AbortSignal) => Promise<T>,
): Reading<T> {
  const [asked, ask] = useState(0);
  const [last, setLast] = useState<{ of: string; value: T | null; error: string }>({
    ...{ of, value: null, error: '' },
  });
  useEffect(() => {
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      try {
        const value = await read(over.signal);
        if (!over.signal.aborted) setLast({ of, value, error: '' });
      } catch (error) {
        if (over.signal.aborted) return;
        const because = said(error);
        setLast((before) => ({ of, value: before.of === of ? before.value : null, error: because }));
      }
      if (!over.signal.aborted) timer = setTimeout(() => void look(), everyMs);
    };
    const looks = () => void look();
    document.addEventListener('visibilitychange', looks);
    looks();
    return () => {
      document.removeEventListener('visibilitychange', looks);
      clearTimeout(timer);
      over.abort();
    };
  }, [of, asked]);
  const isOfThis = last.of === of;
  return {
    value: isOfThis ? last.value : null,
    error: isOfThis ? last.error : '',
    refresh: () => ask((n) => n + 1),
  };
}
