import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares in constant time, whatever the lengths: digests are of one length. */
export function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(secret));
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();
