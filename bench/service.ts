import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../src/embedded/ports';
import { KEY } from './setup';

const MOST_SECONDS = 120;

/** All that `npm start` runs. */
export interface Service {
  pid: number;
  url: string;
  databaseUrl: string;
  /** from the command to the first 200 of /readyz */
  readyAfterSeconds: number;
  stop(): Promise<void>;
}

interface Start {
  /** a data folder that is kept; else one that is made now and goes with the service */
  data?: string;
  /** the folder of another release */
  cwd?: string;
}

export async function startService({ data, cwd }: Start = {}): Promise<Service> {
  const dir = data ?? mkdtempSync(path.join(tmpdir(), 'conversation-status-start-'));
  const port = await freePort();
  const began = Date.now();
  const child = spawn('npm', ['start'], {
    cwd: cwd ?? path.join(__dirname, '..'),
    env: {
      ...process.env,
      ...{ DATA_DIR: dir, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'warn', BOOTSTRAP_API_KEY: KEY },
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  let said = '';
  child.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await exited;
    if (data === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`);
      if (Date.now() - began > MOST_SECONDS * 1000) throw new Error(`not ready after ${MOST_SECONDS} s`);
      await sleep(50);
    }
    const databaseUrl = /postgres(ql)?:\/\/\S+/.exec(said)?.[0] ?? '';
    const readyAfterSeconds = (Date.now() - began) / 1000;
    return { pid: child.pid ?? 0, url: `http://127.0.0.1:${port}`, databaseUrl, readyAfterSeconds, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}
