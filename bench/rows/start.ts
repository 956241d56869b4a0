import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/embedded/ports';
import { figure } from '../rounds';
import { round, type Bench, type Line, type Row } from '../row';

const MOST_SECONDS = 120;

/** Start: from `npm start` with no data and everything installed, until it is ready. */
export const start: Row = {
  numbers: ['12'],
  async measure({ effort, progress }: Bench): Promise<Line[]> {
    const times = effort.quick ? 1 : 3;
    const seconds: number[] = [];
    for (let n = 0; n < times; n++) {
      progress('npm start')(n, times);
      seconds.push(await startOnce());
    }
    const { median, least, most } = figure(seconds);
    return [
      {
        ...{ n: '12', what: 'npm start to the first 200 of /readyz', goal: '≤ 10 s', limit: '–' },
        ...{ ours: `${round(median, 1)} s`, ratio: '–', spread: `${round(least, 1)}–${round(most, 1)} s` },
        pass: median <= 10,
        raw: seconds,
      },
    ];
  },
};

async function startOnce(): Promise<number> {
  const dir = mkdtempSync(path.join(tmpdir(), 'conversation-status-start-'));
  const port = await freePort();
  const began = Date.now();
  const child = spawn('npm', ['start'], {
    cwd: path.join(__dirname, '..', '..'),
    env: { ...process.env, DATA_DIR: dir, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'warn' },
    stdio: 'ignore',
    detached: true,
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`);
      if (Date.now() - began > MOST_SECONDS * 1000) throw new Error(`not ready after ${MOST_SECONDS} s`);
      await sleep(50);
    }
    return (Date.now() - began) / 1000;
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await exited;
    rmSync(dir, { recursive: true, force: true });
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}
