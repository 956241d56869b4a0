import type { Outcome, Row } from './row';
import { passed } from './row';

export interface Result {
  row: Row;
  outcome: Outcome | null;
  seconds: number;
}

const HEAD = [
  'row',
  'promise',
  'sent',
  'accepted',
  'lost',
  'twice',
  'disorder',
  'differ',
  'caught up',
  'took',
  'pass',
];

/** The figures as a table for people. */
export function table(results: readonly Result[]): string {
  const lines = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells({ row, outcome, seconds }: Result): string[] {
  const { audit } = outcome ?? {};
  const counts = audit
    ? [audit.sent, audit.accepted, audit.lost, audit.duplicated, audit.out_of_order, audit.differing].map(
        String,
      )
    : Array.from({ length: 6 }, () => '');
  const caughtUp = audit ? (audit.catch_up === null ? 'never' : `${audit.catch_up.toFixed(1)} s`) : '';
  const verdict = outcome ? (passed(outcome) ? 'yes' : 'NO') : (row.elsewhere ?? '');
  return [String(row.n), row.promise, ...counts, caughtUp, outcome ? `${seconds.toFixed(0)} s` : '', verdict];
}

/** What the table does not show: other figures, and what went wrong. */
export function details(results: readonly Result[]): string {
  return results
    .flatMap(({ row, outcome }) => {
      if (!outcome) return [];
      const figures = Object.entries(outcome.figures).map(([name, value]) => `${name} ${value}`);
      const wrong = [...outcome.failed, ...(outcome.audit?.problems ?? [])].map((what) => `    ${what}`);
      return [`row ${row.n}: ${figures.join(', ') || 'no other figures'}`, ...wrong];
    })
    .join('\n');
}

export function asJson(results: readonly Result[], seed: number, short: boolean): string {
  const rows = results.map(({ row, outcome, seconds }) => ({
    ...{ row: row.n, promise: row.promise, elsewhere: row.elsewhere ?? null },
    ...(outcome && { pass: passed(outcome), seconds, ...outcome }),
  }));
  return `${JSON.stringify({ seed, short, rows }, null, 2)}\n`;
}
