/** The service the demo talks to: one that runs already, or its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../../src/runtime/operator-error';
import { apiKey } from '../service/key';
import { readBox } from './box';

const ROOT = path.join(__dirname, '..', '..');
const PROBE_MS = 2_000;
/** The first start of a clone may have to install Temporal. */
const START_WITHIN_MS = 300_000;
const STOP_WITHIN_MS = 15_000;

export interface Service {
  url: string;
  key: string;
  /** where Temporal's UI is, if known */
  temporalUi?: string;
  /** Ends it, if it is the demo's own, and removes its data. */
  stop?: () => Promise<void>;
}

/**
 * @param say shows what takes a while
 * @throws OperatorError when something else answers at that address, there is no key, or no service can be
 * started
 */
export async function findOrStart(
  url: string,
  key: string | undefined,
  say: (line: string) => void,
): Promise<Service> {
  if (await isRunning(url)) {
    say(`Using the service that runs at ${url}.`);
    return { url, key: apiKey(key, process.env) };
  }
  say(`No service runs at ${url}: starting one of our own, with its data in a temporary folder …`);
  return start();
}

async function isRunning(url: string): Promise<boolean> {
  let answer: string;
  try {
    answer = await (await fetch(`${url}/livez`, { signal: AbortSignal.timeout(PROBE_MS) })).text();
  } catch {
    return false;
  }
  if (!/^\{"status":"ok"/.test(answer)) throw somethingElse(url);
  return true;
}

function somethingElse(url: string): OperatorError {
  return new OperatorError(
    `What answers at ${url} is not this service: give --url, or leave nothing there and one is started`,
  );
}

async function start(): Promise<Service> {
  const dir = mkdtempSync(path.join(tmpdir(), 'conversation-demo-'));
  const child = spawn(process.execPath, ['--import', 'tsx', path.join('src', 'start.ts')], {
    cwd: ROOT,
    env: { ...embeddedOnly(process.env), DATA_DIR: dir, PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    await ended(child);
    rmSync(dir, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(process.exitCode ?? 130)));
  }
  try {
    const rows = await boxOf(child);
    const [url, key] = [rows.get('API'), rows.get('API key')];
    if (!url || !key) throw new OperatorError('The service started without telling its address and key');
    return { url, key, temporalUi: rows.get('Temporal UI'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Without the settings for real use: the demo must not touch other servers. */
function embeddedOnly(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(DATABASE_URL|TEMPORAL_.*|HOST)$/.test(name));
  return Object.fromEntries(kept);
}

/** @throws OperatorError with its last output, if it ends instead */
function boxOf(child: ChildProcess): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (how: string) => {
      const words = said.trim().split('\n').slice(-5).join('\n');
      reject(new OperatorError(`The service did not start (${how})${words && `:\n${words}`}`));
    };
    const timer = setTimeout(() => fail(`not within ${START_WITHIN_MS / 1000} s`), START_WITHIN_MS);
    timer.unref();
    const hear = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const rows = readBox(said);
      if (rows) resolve(rows);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`it ended with code ${code}`));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await Promise.race([exited, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await exited;
}
