/** The figures that the documents show: the table of docs/benchmark, and the six lines of README.md. */
import { table } from './report';
import type { Line } from './row';
import type { SetupName } from './setup';

/** A line of the table, and the run that it is from. */
export interface Figure extends Omit<Line, 'raw'> {
  run: { commit: string; rounds: number };
}

/** docs/benchmark/figures.json. */
export type Figures = { [S in SetupName]?: Figure[] };

/** What a line is about, without the load or the count that it was measured with. */
const subject = ({ n, what }: Figure) => `${n} ${what.replace(/ *\(.*?\)|[\d,.]+/g, '')}`;
const isLike = (a: Figure) => (b: Figure) => subject(a) === subject(b);

/** Lines of a newer run replace those with the same subject, at the same place. */
export function merged(known: Figure[], newer: Figure[]): Figure[] {
  const kept = known.map((line) => newer.find(isLike(line)) ?? line);
  return [...kept, ...newer.filter((line) => !known.some(isLike(line)))];
}

/** A document's text with its marked parts written again. */
export function withFigures(document: string, figures: Figures): string {
  return document
    .replace(
      /(<!-- table: (\w+) -->\n).*?(<!-- \/table -->)/gs,
      (_, start: string, setUp: SetupName, end: string) =>
        [start, '\n', page(figures[setUp] ?? []), '\n\n', end].join(''),
    )
    .replace(/(<!-- speed -->\n).*?(<!-- \/speed -->)/s, (_, start: string, end: string) =>
      [start, '\n', sixLines(figures.embedded ?? []), '\n\n', end].join(''),
    );
}

function page(lines: Figure[]): string {
  const runs = [...new Set(lines.map(({ run }) => JSON.stringify(run)))].map((text) => {
    const run = JSON.parse(text) as Figure['run'];
    const names = lines.filter((line) => JSON.stringify(line.run) === text).map(({ n }) => n);
    const rounds = run.rounds === 1 ? 'one round' : `${run.rounds} rounds`;
    return `- ${[...new Set(names)].join(', ')}: ${rounds}, commit ${run.commit}`;
  });
  return `${table(lines.map((line) => ({ ...line, raw: null })))}\n\nWhich run each line is from:\n\n${runs.join('\n')}`;
}

function sixLines(lines: Figure[]): string {
  const of = (n: string, nth = 0) => {
    const line = lines.filter((one) => one.n === n)[nth];
    if (!line) throw new Error(`figures.json has no line ${n} (${nth + 1})`);
    return line;
  };
  const [accepted, sustained, half, row, timers] = [of('1'), of('2'), of('3'), of('4'), of('9')];
  const [eligible, queries, start] = [of('7'), of('7', 1), of('12')];
  const [queue, queued] = [of('queue'), of('queue', 1)];
  const load = /\(([^,]+),/.exec(half.what)?.[1];
  const goals = lines.filter(({ pass }) => typeof pass === 'boolean');
  const missed = goals.filter(({ pass }) => !pass);
  return [
    `- **Events**: ${accepted.ours} accepted and ${sustained.ours} sustained and written: ${accepted.ratio} and ${sustained.ratio} of a bare Temporal loop that only counts.`,
    `- **Delay** at half load (${load}): the call answers within ${half.ours} (p99; the bare call ${half.limit}), the row is written within ${row.ours} more (p99).`,
    `- **Timers**: 10,000 that are due in the same second are done after ${timers.ours} (workflows that do nothing: ${timers.limit}).`,
    `- **Eligibility** for a broadcast: ${eligible.ours.replace('/s', ' conversations a second')} in an inbox of 1,000,000, ${queries.ratio} times as many as by asking workflows.`,
    `- **Start**: ${start.ours} from \`npm start\` (installed) to ready.`,
    `- **A plain queue** (a status table with graphile-worker) does more: ${queue.limit} accepted and ${queued.limit} written, where the service did ${queue.ours} and ${queued.ours}. Its timers wait for the next sweep, up to a minute, and a killed worker's queue stays locked.`,
    '',
    missed.length === 0
      ? 'All goals are met.'
      : `${missed.length} of ${goals.length} goals are missed: the lines marked MISS in [the table](docs/benchmark/README.md).`,
  ].join('\n');
}
