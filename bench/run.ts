/** `npm run bench`: measures the service against the limits of what it is built on, in the same run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readOptions, USAGE, type Options } from './options';
import { Progress } from './progress';
import { circumstances, table } from './report';
import type { Bench, Line } from './row';
import { ROWS } from './rows';
import { startSetup, type Setup } from './setup';

void main();

async function main(): Promise<void> {
  const options = optionsOrExit();
  const progress = new Progress();
  const stopping = { setup: undefined as Setup | undefined, asked: false };
  const onSignal = () => {
    stopping.asked = true;
    process.exitCode = 130;
    void stopping.setup?.stop().finally(() => process.exit());
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const setup = await startSetup(options.setup, (what) => progress.say(what));
  stopping.setup = setup;
  try {
    await measure(options, setup, progress, () => stopping.asked);
  } finally {
    progress.say('stopping');
    await setup.stop();
    progress.end();
  }
  process.exit();
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${String(error)}\n${USAGE}\n`);
    process.exit(2);
  }
}

async function measure(
  options: Options,
  setup: Setup,
  progress: Progress,
  isStopping: () => boolean,
): Promise<void> {
  const dir = path.resolve(options.out ?? path.join(__dirname, 'results'));
  mkdirSync(dir, { recursive: true });
  const keep = (name: string, content: string) => writeFileSync(path.join(dir, name), content);
  const wanted = ROWS.filter((row) => !options.only || row.numbers.some((n) => options.only?.includes(n)));
  const lines: Line[] = [];
  for (const row of wanted) {
    const bench: Bench = {
      ...{ setup, effort: options.effort, keep, say: (what) => progress.say(what) },
      progress: (what) => (done, of) => progress.step(what, done, of),
    };
    progress.say(`row ${row.numbers.join(', ')}`);
    try {
      lines.push(...(await row.measure(bench)));
    } catch (error) {
      if (isStopping()) return;
      process.exitCode = 1;
      progress.print(`row ${row.numbers.join(', ')} could not be measured: ${String(error)}`);
    }
    for (const line of lines.slice(-row.numbers.length)) progress.print(table([line]).split('\n')[2] ?? '');
  }
  const about = { set_up: setup.name, ...options.effort, ...circumstances(setup.versions) };
  keep('results.json', `${JSON.stringify({ about, lines }, null, 1)}\n`);
  progress.print(
    `\n${Object.entries(about)
      .map(([k, v]) => `${k}: ${String(v)}`)
      .join(' · ')}\n\n${table(lines)}\n`,
  );
  progress.print(`JSON: ${path.relative(process.cwd(), dir)}`);
}
