import type { WhatIfLine, WhatIfQuestion } from '../../clients/typescript/src/index';
import type { Add, Context } from '../command';
import { EXIT, UsageError, type ExitCode } from '../exit';
import { fieldsOf } from '../fields';
import { when, type Output } from '../output';

interface Options {
  from?: string;
  to?: string;
  examples: string;
}

type Line<T extends WhatIfLine['type']> = Extract<WhatIfLine, { type: T }>;
type Summary = Line<'summary'>;
const MOVES = ['begins', 'ends', 'sooner', 'later'] as const;

export const addWhatIf: Add = (program, does) => {
  program
    .command('what-if <inbox> [setting=value...]')
    .description(
      'what other settings would have decided: what-if support auto_close.after_seconds=86400 --from 2026-03-01',
    )
    .option('--from <time>', 'decide the past again from here on; without it: what would change now')
    .option('--to <time>', 'up to here (default: now)')
    .option('--examples <n>', 'at most so many of each kind', '3')
    .action(
      does(async (context, inbox: string, typed: string[], { from, to, examples }: Options) => {
        const settings = settingsOf(typed) as WhatIfQuestion['settings'];
        const range = {
          ...(from !== undefined && { from: timeOf(from) }),
          ...(to !== undefined && { to: timeOf(to) }),
        };
        return ask(context, inbox, { ...range, settings, examples: Number(examples) });
      }),
    );
};

async function ask(
  { client, output, io }: Context,
  inbox: string,
  question: WhatIfQuestion,
): Promise<ExitCode> {
  const found: (Line<'difference'> | Line<'change'>)[] = [];
  let summary: Summary | undefined;
  for await (const line of client.whatIf(inbox, question, io.signal)) {
    if (line.type === 'progress') {
      if (!output.isJson)
        io.err(`${line.conversations} of ${line.of} conversations, ${line.decisions} decisions`);
    } else if (line.type === 'summary') summary = line;
    else found.push(line);
  }
  if (!summary) throw new UsageError('The answer broke off before its end: ask again');
  const told = summary;
  output.result({ summary, examples: found }, () => [
    ...shown(told, output),
    '',
    ...found.map((line) => lineOf(line, output)),
  ]);
  return EXIT.ok;
}

function shown(summary: Summary, output: Output): string[] {
  const { conversations, decisions, seconds, changed, limits } = summary;
  const looked = `${changed} of ${conversations} conversations would change (${decisions} decisions in ${seconds.toFixed(1)} s)`;
  const table =
    summary.of === 'past'
      ? output.table(
          ['', 'was', 'would be', 'no more', 'newly'],
          Object.entries(summary.kinds).map(([kind, n]) => [kind, n.was, n.would_be, n.gone, n.added]),
          '',
        )
      : output.table(
          ['timer', ...MOVES],
          Object.entries(summary.timers).map(([timer, n]) => [timer, ...MOVES.map((move) => n[move] ?? 0)]),
          '',
        );
  const left =
    summary.of === 'past'
      ? Object.entries(summary.left_out).flatMap(([why, n]) => (n > 0 ? [`left out: ${n} (${why})`] : []))
      : summary.acts.flatMap(({ within_seconds, n }) =>
          n > 0 ? [`${n} would act ${withinOf(within_seconds)}`] : [],
        );
  return [looked, table, ...left, ...limits.map((limit) => output.colors.dim(`* ${limit}`))];
}

function withinOf(seconds: number | null): string {
  if (seconds === null) return 'later';
  return seconds === 0
    ? 'at once'
    : `within ${seconds >= 86_400 ? `${seconds / 86_400} days` : `${seconds / 3_600} h`}`;
}

function lineOf(line: Line<'difference'> | Line<'change'>, { colors }: Output): string {
  if (line.type === 'change') {
    const timer = (of: typeof line.was) => (of ? `${of.timer} ${when(of.due_at)}` : 'no timer');
    return `${line.conversation}  ${line.status}  ${timer(line.was)} → ${timer(line.would_be)}`;
  }
  const side = ({ verdict, why, status }: typeof line.was) =>
    [verdict ?? 'not at all', why, status].filter(Boolean).join(' ');
  const place = line.seq === null ? '' : `#${line.seq} `;
  return `${line.conversation}  ${line.kind}  ${colors.dim(`${line.at} ${place}${line.event}`)}  was: ${side(line.was)}; would be: ${side(line.would_be)}`;
}

/** `csat.enabled=true` names a part of a part. @throws UsageError */
function settingsOf(typed: string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fieldsOf(typed))) {
    const [part = '', ...inner] = name.split('.');
    if (inner.length === 0) settings[part] = value;
    else settings[part] = { ...(settings[part] as object | undefined), [inner.join('.')]: value };
  }
  return settings;
}

/** A day is its beginning in UTC. @throws UsageError */
function timeOf(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new UsageError(`${text} is no time: 2026-03-01 or 2026-03-01T09:30:00Z`);
  return new Date(at).toISOString();
}
