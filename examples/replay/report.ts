/** What a replay prints at its end. */
import { STATUSES } from '../../src/domain/conversation';
import { thinned, type Sample } from './samples';
import type { Answers, Tally } from './tally';

const ROWS = 15;
const FINDINGS_SHOWN = 50;
const COLUMNS = STATUSES.filter((status) => status !== 'not_contacted');

export function overTime(samples: Sample[]): string {
  const rows = thinned(samples, ROWS).map(({ at, counts }) => [
    (at / 1000).toFixed(1),
    ...COLUMNS.map((status) => String(counts.status[status])),
    String(counts.unread),
    String(counts.archived),
  ]);
  return table([['seconds', ...COLUMNS, 'unread', 'archived'], ...rows]);
}

export function figures(t: Tally, retries: Map<string, number>, took_ms: number): string {
  const rate = took_ms > 0 ? Math.round(t.accepted / (took_ms / 1000)) : 0;
  return table([
    ['events', ''],
    ['sent', String(t.sent)],
    ['accepted', `${t.accepted}  (${rate}/s)`],
    ['applied', String(t.applied)],
    ['ignored', byName(t.ignored)],
    ['refused', byName(t.refused)],
    ['sent again', byName(retries)],
    ['timers', byName(t.own)],
    ['answers', ''],
    ['202', inMs(t.accepted_answers)],
    ['awaited', inMs(t.decided_answers) + (t.undecided > 0 ? `, ${t.undecided} not decided in time` : '')],
  ]);
}

export function verdict(t: Tally): string {
  if (t.findings.length === 0) {
    return (
      `Verified: all ${t.accepted} accepted events of ${t.conversations} conversations are in their timelines, each once and in order;\n` +
      'decided again over the same timelines, every decision, answer, episode and row is the same.'
    );
  }
  const wrong = new Set(t.findings.map((finding) => finding.conversation)).size;
  const shown = t.findings.slice(0, FINDINGS_SHOWN);
  const more = t.findings.length - shown.length;
  return [
    `NOT VERIFIED: ${wrong} of ${t.conversations} conversations are wrong:`,
    ...shown.map(({ conversation, kind, what }) => `  ${conversation}  ${kind}: ${what}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}

function inMs({ count, p50, p99 }: Answers): string {
  return count === 0 ? 'none' : `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms  (${count})`;
}

function byName(counts: Map<string, number>): string {
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  if (total === 0) return '0';
  return `${total}  (${[...counts].map(([name, n]) => `${name} ${n}`).join(', ')})`;
}

/**
 * Columns as wide as their widest cell. The first is aligned left, the others right if there are more than
 * two.
 */
function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const wide = widths.length > 2;
  return rows
    .map((row) =>
      row
        .map((cell, i) => (wide ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
