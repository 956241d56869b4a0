import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataFolder } from './data-folder';
import { readIfThere, writePrivateFile } from './private-file';
import { birthOf } from './process-birth';

export interface ChildSpec {
  /** The name of its log and of its record in the data folder. */
  readonly name: string;
  readonly folder: DataFolder;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The user it runs as; by default this process's user. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly env?: NodeJS.ProcessEnv;
}

/** A server that this process started. It ends when this process ends, or before. */
export interface Child {
  readonly pid: number;
  /** How it ended, in words. Never rejects. */
  readonly exited: Promise<string>;
  readonly isRunning: () => boolean;
  /** The last lines of its log, for messages. */
  readonly lastLines: (count?: number) => string;
  /** Asks it to end (with SIGINT, which lets both servers finish cleanly), and kills it after `graceMs`. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

const maxLogBytes = 5_000_000;

/**
 * Starts a server in a session of its own, so that Ctrl-C in the terminal reaches only us and we stop the
 * parts in order. Its output goes to a file and not to a pipe, because it may live a moment longer than we do
 * and a broken pipe would stop it.
 */
export function startChild(spec: ChildSpec): Child {
  const logFile = spec.folder.at('logs', `${spec.name}.log`);
  const log = openLog(logFile);
  const begin = statSync(logFile).size;
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd ?? spec.folder.dir,
    env: spec.env ?? process.env,
    stdio: ['ignore', log, log],
    detached: true,
    ...spec.user,
  });
  closeSync(log);
  let running = true;
  let release = () => {};
  const exited = new Promise<string>((resolve) => {
    const end = (how: string) => {
      running = false;
      release();
      rmSync(recordOf(spec.folder, spec.name), { force: true });
      resolve(how);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(signal ? `ended by ${signal}` : `ended with code ${code}`));
  });
  const pid = child.pid ?? -1;
  if (child.pid !== undefined) {
    writePrivateFile(recordOf(spec.folder, spec.name), JSON.stringify({ pid, birth: birthOf(pid) }));
    release = endWithUs(pid);
  }
  return {
    pid,
    exited,
    isRunning: () => running,
    lastLines: (count = 5) => lastLines(logFile, begin, count),
    stop: async (graceMs = 4_000) => {
      if (running) child.kill('SIGINT');
      await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
      if (running) child.kill('SIGKILL');
      await exited;
    },
  };
}

/**
 * Ends a server that an earlier, killed start left behind. The record of that start makes sure that it is the
 * same process.
 * @throws Error when it cannot be ended
 */
export async function endLeftover(folder: DataFolder, name: string): Promise<boolean> {
  const file = recordOf(folder, name);
  const text = readIfThere(file);
  if (text === undefined) return false;
  const { pid, birth } = JSON.parse(text) as { pid: number; birth: string };
  const alive = () => birth !== undefined && birthOf(pid) === birth;
  const found = alive();
  for (const [signal, graceMs] of [['SIGINT', 8_000] as const, ['SIGKILL', 5_000] as const]) {
    if (alive()) process.kill(pid, signal);
    for (let waited = 0; waited < graceMs && alive(); waited += 50) await sleep(50);
  }
  if (alive()) throw new Error(`process ${pid} (${name}), left by an earlier start, does not end`);
  rmSync(file, { force: true });
  return found;
}

function recordOf(folder: DataFolder, name: string): string {
  return folder.at('run', `${name}.json`);
}

/**
 * Makes the child end as soon as this process is gone, also after SIGKILL. A shell waits on a pipe that only
 * we hold, and sends SIGINT when the pipe closes without a message. Returns a function that calls the shell
 * off.
 */
function endWithUs(pid: number): () => void {
  const guard = spawn('/bin/sh', ['-c', `read -r called_off || kill -s INT ${pid}`], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {}); // no shell: endLeftover() does it at the next start
  guard.stdin.on('error', () => {});
  guard.unref();
  (guard.stdin as Socket).unref();
  return () => guard.stdin.end('off\n');
}

function openLog(file: string): number {
  const big = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes;
  return openSync(file, big ? 'w' : 'a', 0o600);
}

function lastLines(file: string, begin: number, count: number): string {
  const text = readFileSync(file).subarray(begin).toString('utf8').trimEnd();
  return text.split('\n').slice(-count).join('\n');
}
