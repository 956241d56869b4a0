import { types, type CustomTypesConfig } from 'pg';
import type { Actor } from './actor';

/** One statement with its values. `name`: prepared once for each connection, for frequent statements. */
export interface Statement extends Actor {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  /** how long its answer is waited for, in milliseconds; as long as any other's where absent */
  readonly limitMs?: number;
}

/** How values come out of PostgreSQL: times as the API shows them, `bigint` as a number; ours all fit. */
export const rowTypes: CustomTypesConfig = { getTypeParser: parserOf as typeof types.getTypeParser };

function parserOf(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === Number(types.builtins.TIMESTAMPTZ)) return rfc3339;
  if (oid === Number(types.builtins.INT8)) return Number;
  return types.getTypeParser(oid, format);
}

const UTC = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/;

/**
 * RFC 3339 in UTC with milliseconds, from PostgreSQL's text of a `timestamptz`. Microseconds are cut off, as
 * `Date` does, so that a row and the state made from it show the same time.
 */
export function rfc3339(text: string): string {
  if (!UTC.test(text)) return new Date(text).toISOString();
  const fraction = text.slice(20, -3).padEnd(3, '0').slice(0, 3);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}
