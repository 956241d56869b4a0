import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { until } from './until';

/** How a process ended: after how many milliseconds, and with which code or by which signal. */
export interface Ended {
  ms: number;
  how: string;
}

export interface PartSpec {
  name: string;
  /** the tree whose code runs: this one, or a copy that was changed */
  tree: string;
  /** its root, from the tree */
  script: string;
  env: NodeJS.ProcessEnv;
  log: string;
  isReady: (part: Part) => boolean | Promise<boolean>;
}

const START_MS = 90_000;
const living = new Set<ChildProcess>();
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')));

/** A process of the service that a row starts, kills and starts again. */
export class Part {
  private child: ChildProcess | null = null;
  private ended: Promise<string> = Promise.resolve('never started');
  private logFrom = 0;

  constructor(private readonly spec: PartSpec) {}

  get isRunning(): boolean {
    return this.child !== null;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** @throws when it ends instead, or is not ready in time */
  async start(): Promise<void> {
    this.spawn();
    const isUp = async () => !this.child || (await this.spec.isReady(this));
    const ready = await until(isUp, START_MS, 50);
    if (!ready || !this.child)
      throw new Error(`${this.spec.name} did not start:\n${this.said().slice(-2_000)}`);
  }

  /** Starts it and does not wait. */
  spawn(): void {
    const { tree, script, env, log: file } = this.spec;
    const log = openSync(file, 'a');
    this.logFrom = statSync(file).size;
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      cwd: tree,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    living.add(child);
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        living.delete(child);
        if (this.child === child) this.child = null;
        resolve(signal ?? `code ${code}`);
      });
    });
  }

  /** Its output since its last start. */
  said(): string {
    return readFileSync(this.spec.log).subarray(this.logFrom).toString('utf8');
  }

  /** Sends a signal, such as SIGSTOP or SIGCONT, and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Sends a signal and waits until the process has ended. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    const began = Date.now();
    this.child?.kill(signal);
    return { how: await this.ended, ms: Date.now() - began };
  }
}
