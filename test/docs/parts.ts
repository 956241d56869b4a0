import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { Client, escapeIdentifier } from 'pg';
import { temporalAddress } from '../support/servers';
import { root } from './fences';

const run = promisify(execFile);

/** The service's parts, each its own process, with a namespace and a database of their own. */
export interface Parts {
  readonly url: string;
  readonly key: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly bin: string };
  stop(): Promise<void>;
}

/** @param bin where the `temporal` program is */
export async function startParts(bin: string): Promise<Parts> {
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
  };
  await Promise.all([
    run('sh', ['deploy/temporal/namespace.sh'], { cwd: root, env }),
    run('npm', ['run', 'migrate'], { cwd: root, env }),
  ]);
  const [worker, api] = await Promise.all([started('worker', env), started('api', env)]);
  const stop = async () => {
    await Promise.all([worker, api].map(({ child }) => ended(child)));
    await asOwner(`DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`);
  };
  return { url: api.line.url ?? '', key, temporal, stop };
}

/** Resolves with the log line that says that it is ready. */
function started(script: string, env: NodeJS.ProcessEnv) {
  const child = spawn('npm', ['run', '--silent', script], { cwd: root, env });
  return new Promise<{ child: ChildProcess; line: { url?: string } }>((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const line = /^\{.*"msg":"The (worker polls|API listens)".*$/m.exec(said)?.[0];
      if (line !== undefined) resolve({ child, line: JSON.parse(line) as { url?: string } });
    });
    child.once('exit', () => reject(new Error(`npm run ${script} ended:\n${said}`)));
  });
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
