import { useEffect } from 'preact/hooks';
import type { Listing } from '../model/listing.ts';

/** Loads the next page shortly before the last one ends. */
export function useMore(list: Listing, lastShown = 0): void {
  const length = list.items.value.length;
  const isNear = list.hasMore.value && lastShown >= length - 15;
  useEffect(() => {
    if (isNear) void list.more();
  }, [list, isNear, length]);
}
