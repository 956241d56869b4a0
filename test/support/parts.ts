import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, escapeIdentifier } from 'pg';
import { temporalAddress } from './servers';

const run = promisify(execFile);
const root = path.join(__dirname, '..', '..');

/** The service's parts, each its own process, with a namespace and a database of their own. */
export interface Parts {
  readonly url: string;
  readonly key: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly bin: string };
  readonly databaseUrl: string;
  readonly worker: Part;
  readonly api: Part;
  /** Kills the worker, as a machine that loses its power does, and starts another. */
  replaceWorker(): Promise<void>;
  stop(): Promise<void>;
}

export interface Part {
  /** All that it has printed so far. */
  readonly output: () => string;
  /** Where its metrics are; undefined while it has not said so. */
  readonly metrics: () => string | undefined;
}

/**
 * @param bin where the `temporal` program is
 * @param more variables for worker and API
 */
export async function startParts(bin: string, more: NodeJS.ProcessEnv = {}): Promise<Parts> {
  const name = `parts_${randomUUID().slice(0, 8)}`;
  const databaseUrl = await createEmptyDatabase(name);
  const key = `cs_${randomUUID()}`;
  const temporal = { address: temporalAddress(), namespace: name, bin };
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    PORT: '0',
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: name,
    DATABASE_URL: databaseUrl,
    BOOTSTRAP_API_KEY: key,
    ...more,
  };
  await Promise.all([
    run('sh', ['deploy/temporal/namespace.sh'], { cwd: root, env }),
    run('npm', ['run', 'migrate'], { cwd: root, env }),
  ]);
  const [first, api] = await Promise.all([started('worker', env), started('api', env)]);
  const workers = [first];
  const current = () => workers.at(-1) ?? first;
  const replaceWorker = async () => {
    const { child } = current();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    killGroup(child);
    await gone;
    workers.push(await started('worker', env));
  };
  const stop = async () => {
    await Promise.all([current(), api].map(({ child }) => ended(child)));
    await asOwner(`DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`);
  };
  const metricsIn = (said: string) => /"metrics":"([^"]+)","msg":"Metrics are served"/.exec(said)?.[1];
  return {
    ...{ url: api.line.url ?? '', key, temporal, databaseUrl, replaceWorker, stop },
    worker: {
      output: () => workers.map(({ said }) => said()).join('\n'),
      metrics: () => metricsIn(current().said()),
    },
    api: { output: api.said, metrics: () => metricsIn(api.said()) },
  };
}

/** Resolves with the log line that says that it is ready. */
function started(script: string, env: NodeJS.ProcessEnv) {
  // a group of its own, so that npm and what it runs can be killed together
  const child = spawn('npm', ['run', '--silent', script], { cwd: root, env, detached: true });
  process.once('exit', () => killGroup(child));
  let said = '';
  return new Promise<{ child: ChildProcess; line: { url?: string }; said: () => string }>(
    (resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const line = /^\{.*"msg":"The (worker polls|API listens)".*$/m.exec(said)?.[0];
        if (line !== undefined)
          resolve({ child, line: JSON.parse(line) as { url?: string }, said: () => said });
      });
      child.once('exit', () => reject(new Error(`npm run ${script} ended:\n${said}`)));
    },
  );
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, 'SIGKILL');
}

function ended(child: ChildProcess): Promise<unknown> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return gone;
}

async function createEmptyDatabase(name: string): Promise<string> {
  await asOwner(`CREATE DATABASE ${escapeIdentifier(name)}`);
  const url = new URL(process.env.TEST_DATABASE_URL ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

async function asOwner(sql: string): Promise<void> {
  const client = new Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
