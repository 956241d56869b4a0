/**
 * `npm run test:fuzz`: requests of every kind that the served OpenAPI document allows, and of those that it forbids.
 * `--examples 1000`: so many an operation. `--short`: what the description has examples of, and a few more, in a minute.
 * `--seed 7`: the same again. Where the fuzzer cannot be installed, it says so and does nothing.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '../../clients/typescript/src/index';
import { SCOPES } from '../../src/db/keys';
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
/** stands in the names of what another account must not see */
const OURS = `ours-${randomBytes(6).toString('hex')}`;
const EVENTS = 'POST /v1/inboxes/{inbox}/conversations/{conversation}/events';
/** Of the posted events, those that are decided: fewer, and the fuzzer has seen little of the service. */
const SHARE_DECIDED = 1 / 3;

/** Answers that say the service is away for a moment, as it may be on a machine that does other work. */
const MOST_AWAY = 1 / 200;

type Counts = Record<string, Record<string, number>>;

interface Figures {
  /** by operation and status */
  answers: Counts;
  /** requests asked again with keys that may not */
  others: Record<string, number>;
}

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
    const client = new Client({ url, key });
    await makeOurs(client);
    const figures = path.join(folder, 'figures.json');
    const code = await fuzz(program, url, key, { FUZZ_FIGURES: figures, ...(await keysOfOthers(client)) });
    const good = judge(JSON.parse(readFileSync(figures, 'utf8')) as Figures);
    process.exitCode = code === 0 && good ? 0 : 1;
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What no other account may see: an inbox, and a conversation in the inbox that most requests are about. */
async function makeOurs(client: Client): Promise<void> {
  for (const inbox of ['support', OURS])
    await client.PUT('/v1/inboxes/{inbox}', {
      params: { path: { inbox } },
      body: { settings: { csat: { enabled: true } } },
    });
  await client.send('support', OURS, { id: 'tagged', type: 'tag_add', tags: [OURS] });
}

/** Of an account of its own, and of ours but revoked; and which key is the fuzzer's. */
async function keysOfOthers(client: Client): Promise<Record<string, string>> {
  const own = await client.GET('/v1/keys');
  const stranger = await client.PUT('/v1/accounts/{account}', { params: { path: { account: 'stranger' } } });
  if (!('key' in stranger)) throw new Error('the account has been there before');
  const revoked = await client.POST('/v1/keys', { body: { name: 'revoked', scopes: [...SCOPES] } });
  await client.DELETE('/v1/keys/{key_id}', { params: { path: { key_id: revoked.key_id } } });
  return {
    ...{ FUZZ_OURS: OURS, FUZZ_OWN_KEY_ID: own.items[0]!.key_id },
    ...{ FUZZ_STRANGERS_KEY: stranger.key, FUZZ_REVOKED_KEY: revoked.key },
  };
}

function fuzz(
  program: string,
  url: string,
  key: string,
  env: Record<string, string>,
): Promise<number | null> {
  const seed = values.seed ?? String(Date.now() % 1_000_000);
  const args = [
    ...['--config-file', path.join('test', 'fuzz', 'schemathesis.toml'), 'run', `${url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${key}`, '--max-examples', values.examples],
    ...(values.short ? ['--phases', 'examples,fuzzing'] : []),
    ...['--seed', seed],
  ];
  const child = spawn(program, args, {
    cwd: repository,
    env: { ...process.env, ...env, FUZZ_SEED: seed },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
}

/** Prints what was answered, and says whether it is what is promised. */
function judge({ answers, others }: Figures): boolean {
  console.table(answers);
  console.log('asked again with keys of others:', others);
  const count = (of: Record<string, number>, statuses: (status: number) => boolean) =>
    Object.entries(of).reduce((sum, [status, n]) => sum + (statuses(Number(status)) ? n : 0), 0);
  const total = (statuses: (status: number) => boolean) =>
    Object.values(answers).reduce((sum, of) => sum + count(of, statuses), 0);
  const errors = total((s) => s >= 500 && s !== 503);
  const away = total((s) => s === 503);
  const posted = answers[EVENTS] ?? {};
  const decided = count(posted, (s) => s === 200 || s === 409);
  const all = count(posted, () => true);
  console.log(`server errors: ${errors}; 503: ${away}; events posted: ${all}, decided: ${decided}`);
  return (
    errors === 0 &&
    away <= total(() => true) * MOST_AWAY &&
    decided >= all * SHARE_DECIDED &&
    (others.revoked ?? 0) > 0
  );
}

void main();
