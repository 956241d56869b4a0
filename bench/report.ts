import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import type { Line } from './row';

/** The table, as it is printed and as docs/benchmark shows it. */
export function table(lines: Line[]): string {
  const head = ['#', 'what', 'goal', 'limit', 'ours', 'ratio', 'spread', ''];
  const rows = lines.map((l) => [
    ...[l.n, l.what, l.goal, l.limit, l.ours, l.ratio, l.spread],
    l.pass === null ? '' : l.pass ? 'pass' : 'MISS',
  ]);
  const widths = head.map((name, i) => Math.max(3, name.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What the figures were measured on and with. */
export function circumstances(versions: Record<string, string>): Record<string, string> {
  return {
    ...versions,
    cores: String(cpus().length),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    'load average at the end': loadavg()
      .map((l) => l.toFixed(1))
      .join(' '),
    commit: commit(),
  };
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: __dirname, encoding: 'utf8' }).trim();
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      '../src',
      '../workflows',
      '../activities',
    );
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : ' with uncommitted changes');
  } catch {
    return 'unknown';
  }
}
