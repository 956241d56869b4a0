import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const repository = path.join(__dirname, '..', '..');

/** The service as its own process tree, as a person starts it. */
export interface Service {
  /** The box's value beside this label. */
  readonly row: (label: string) => string;
  readonly output: () => string;
  /** Kills the whole process group at once, like a power cut. */
  readonly killAll: () => Promise<void>;
  /**
   * Asks the first process to end, as a supervisor does. @returns the milliseconds until it had
   * @throws Error when its exit code is not 0
   */
  readonly stop: () => Promise<number>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'conversation-status-start-'));
  folders.push(folder);
  return folder;
}

/** For after each test: ends and removes what the test left. */
export async function cleanUp(): Promise<void> {
  for (const child of running) await kill(child, 'SIGKILL');
  await sleep(200); // the guards of the servers end them
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
}

/**
 * Starts the service and waits for what it prints when it is ready. @throws Error with all output when it
 * ends before
 */
export async function start(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  up = '╰',
  tree = repository,
): Promise<Service> {
  const { child, output, ended } = launch(command, env, tree);
  const printed = async () => {
    while (!output.stdout.includes(up) && running.has(child)) await sleep(20);
    return 'up' as const;
  };
  if ((await Promise.race([ended, printed()])) !== 'up') {
    throw new Error(`It ended before it was up:\n${output.stdout}${output.stderr}`);
  }
  const row = (label: string) => {
    const found = new RegExp(`^│ ${label} +(\\S+)`, 'm').exec(output.stdout)?.[1];
    if (found === undefined) throw new Error(`There is no row ${label} in:\n${output.stdout}`);
    return found;
  };
  const stop = async () => {
    const begun = Date.now();
    child.kill('SIGTERM');
    const { code } = await ended;
    const ms = Date.now() - begun;
    if (code !== 0)
      throw new Error(`It ended with ${code}, after ${ms} ms:\n${output.stdout}${output.stderr}`);
    return ms;
  };
  return { row, output: () => output.stdout, stop, killAll: () => kill(child, 'SIGKILL') };
}

/** Runs to its end. */
export function run(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return launch(command, env).ended;
}

function launch([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv, tree = repository) {
  const child = spawn(command, args, {
    cwd: tree,
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'debug', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      resolve({ code, ...output });
    });
  });
  return { child, output, ended };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once('close', resolve));
  process.kill(-(child.pid ?? 0), signal);
  await gone;
}

/** The servers that a start with this data folder began, by their records. */
export function serversOf(dataDir: string): number[] {
  const records = readdirSync(path.join(dataDir, 'run'));
  return records.map((file) => {
    const record: unknown = JSON.parse(readFileSync(path.join(dataDir, 'run', file), 'utf8'));
    return (record as { pid: number }).pid;
  });
}

/** The addresses on which the processes of a start with this data folder listen, as the kernel writes them. */
export function listeningOf(dataDir: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const ours = pids.filter((pid) => proc(`${pid}/environ`).split('\0').includes(`DATA_DIR=${dataDir}`));
  const sockets = new Set(ours.flatMap(socketsOf));
  const LISTENS = '0A';
  return ['net/tcp', 'net/tcp6'].flatMap((file) =>
    proc(file)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTENS && sockets.has(`socket:[${inode}]`))
      .map(([, local = '']) => local.replace(/:.*/, '')),
  );
}

function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => link(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // it has ended
  }
}

function proc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
