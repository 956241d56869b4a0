import { z } from 'zod';
import { lazy } from './lazy';

/**
 * A string without NUL and lone surrogates. PostgreSQL cannot store these, and every later write of the
 * conversation would fail.
 */
export function text(min: number, max: number) {
  return z
    .string()
    .min(min)
    .regex(/^[^\u0000]*$/, NOT_TEXT)
    .refine((s) => s.isWellFormed(), NOT_TEXT)
    .refine((s) => characters(s, max) <= max, `must be at most ${max} characters`)
    .meta({ maxLength: max });
}

const NOT_TEXT = 'must be well-formed text without NUL';

/** Counts characters (code points), not UTF-16 units. Strings that are far too long are not counted. */
function characters(s: string, max: number): number {
  return s.length <= max || s.length > 2 * max ? s.length : [...s].length;
}

/** The first and the last moment that is taken where any time may be given, in epoch milliseconds. */
export const FIRST_MS = Date.UTC(1970, 0);
export const LAST_MS = Date.UTC(9999, 11, 31);

/** RFC 3339 with an offset, such as `2026-03-01T09:30:00Z`. */
export const timestamp = lazy(() => z.iso.datetime({ offset: true }));

/** The id of an account, inbox or conversation: 1–64 of `A-Z a-z 0-9 _ - . :`. */
export const objectId = lazy(() =>
  z
    .string()
    .regex(
      /^(?!\.\.?$)[A-Za-z0-9_.:-]{1,64}$/,
      'must be 1–64 characters of A-Z a-z 0-9 _ - . :, and neither . nor ..',
    ),
);
