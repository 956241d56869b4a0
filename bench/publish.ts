/**
 * `npm run bench:publish -- FOLDER…`: takes the results of `npm run bench` from these folders and writes them
 * into the documents. Without a folder it only writes the documents again, from docs/benchmark/figures.json.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Line } from './row';
import type { SetupName } from './setup';
import { merged, withFigures, type Figures } from './speed';

interface Results {
  about: { set_up: SetupName; commit: string; rounds: number };
  lines: Line[];
}

const root = path.join(__dirname, '..');
const inBenchmark = (file: string) => path.join(root, 'docs/benchmark', file);
const json = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;

const figures = json<Figures>(inBenchmark('figures.json'));
for (const folder of process.argv.slice(2)) take(folder);
writeFileSync(inBenchmark('figures.json'), `${JSON.stringify(figures, null, 2)}\n`);
for (const document of ['README.md', 'docs/benchmark/README.md']) {
  const file = path.join(root, document);
  writeFileSync(file, withFigures(readFileSync(file, 'utf8'), figures));
}

function take(folder: string): void {
  const { about, lines } = json<Results>(path.join(folder, 'results.json'));
  const run = { commit: about.commit, rounds: about.rounds };
  const newer = lines.map(({ raw: _, ...line }) => ({ ...line, run }));
  figures[about.set_up] = merged(figures[about.set_up] ?? [], newer);
  if (about.set_up !== 'embedded') return;
  for (const plot of ['throughput.svg', 'latency.svg', 'backlog.svg'])
    if (existsSync(path.join(folder, plot))) copyFileSync(path.join(folder, plot), inBenchmark(plot));
}
