/**
 * `npm run test:fuzz`: requests of every kind that the served OpenAPI document allows, and of those that it forbids.
 * `--examples 1000`: so many an operation. `--short`: what the description has examples of, and a few more, in a minute.
 * `--seed 7`: the same again. Where the fuzzer cannot be installed, it says so and does nothing.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reason } from '../../src/runtime/operator-error';
import { repository, start } from '../embedded/service';
import { installedSchemathesis } from './schemathesis';

const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: '100' },
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
  },
});
const EVENTS = 'POST /v1/inboxes/{inbox}/conversations/{conversation}/events';
/** Of the posted events, those that are decided: fewer, and the fuzzer has seen little of the service. */
const SHARE_DECIDED = 1 / 3;

/** Answers that say the service is away for a moment, as it may be on a machine that does other work. */
const MOST_AWAY = 1 / 200;

type Figures = Record<string, Record<string, number>>;

async function main(): Promise<void> {
  const program = await installedSchemathesis().catch((error: unknown) => {
    console.log(`skipped: the fuzzer cannot be installed here (${reason(error)})`);
    return null;
  });
  if (program === null) return;
  const folder = mkdtempSync(path.join(tmpdir(), 'conversation-status-fuzz-'));
  const env = { DATA_DIR: path.join(folder, 'data'), LOG_LEVEL: 'warn' };
  const service = await start([process.execPath, '--import', 'tsx', 'src/start.ts'], env);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void service.killAll().finally(() => process.exit(1)));
  }
  try {
    const url = service.row('API');
    const key = service.row('API key');
    await makeInbox(url, key);
    const figuresFile = path.join(folder, 'figures.json');
    const code = await fuzz(program, url, key, figuresFile);
    const good = judge(JSON.parse(readFileSync(figuresFile, 'utf8')) as Figures);
    process.exitCode = code === 0 && good ? 0 : 1;
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeInbox(url: string, key: string): Promise<void> {
  const response = await fetch(`${url}/v1/inboxes/support`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ settings: { csat: { enabled: true } } }),
  });
  if (!response.ok) throw new Error(await response.text());
}

function fuzz(program: string, url: string, key: string, figures: string): Promise<number | null> {
  const args = [
    ...['--config-file', path.join('test', 'fuzz', 'schemathesis.toml'), 'run', `${url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${key}`, '--max-examples', values.examples],
    ...(values.short ? ['--phases', 'examples,fuzzing'] : []),
    ...(values.seed === undefined ? [] : ['--seed', values.seed]),
  ];
  const child = spawn(program, args, {
    cwd: repository,
    env: { ...process.env, FUZZ_FIGURES: figures },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
}

/** Prints what was answered, and says whether it is what is promised. */
function judge(figures: Figures): boolean {
  console.table(figures);
  const count = (of: Record<string, number>, statuses: (status: number) => boolean) =>
    Object.entries(of).reduce((sum, [status, n]) => sum + (statuses(Number(status)) ? n : 0), 0);
  const total = (statuses: (status: number) => boolean) =>
    Object.values(figures).reduce((sum, of) => sum + count(of, statuses), 0);
  const errors = total((s) => s >= 500 && s !== 503);
  const away = total((s) => s === 503);
  const posted = figures[EVENTS] ?? {};
  const decided = count(posted, (s) => s === 200 || s === 409);
  const all = count(posted, () => true);
  console.log(`server errors: ${errors}; 503: ${away}; events posted: ${all}, decided: ${decided}`);
  return errors === 0 && away <= total(() => true) * MOST_AWAY && decided >= all * SHARE_DECIDED;
}

void main();
