import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STOP_MS = 15_000;
/** The flags of `npm run api` and `npm run worker`; the bare loops' worker gets the same. */
const NODE_ARGS = ['--single-threaded-gc', '--import', 'tsx'];
const root = path.join(__dirname, '..');

/** A process of the run. Its output goes into a file. */
export class Child {
  private constructor(
    private readonly child: ChildProcess,
    private readonly log: string,
  ) {}

  /** @param script under the project's root */
  static start(script: string, env: Record<string, string>, log: string): Child {
    const out = openSync(log, 'a');
    const tried = (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter(Boolean);
    const child = spawn(process.execPath, [...tried, ...NODE_ARGS, path.join(root, script)], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    return new Child(child, log);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when its log has this line. */
  async says(what: RegExp, withinMs = 120_000): Promise<RegExpExecArray> {
    const end = Date.now() + withinMs;
    while (Date.now() < end) {
      const said = what.exec(readFileSync(this.log, 'utf8'));
      if (said) return said;
      if (this.child.exitCode !== null) break;
      await sleep(50);
    }
    const said = readFileSync(this.log, 'utf8').slice(-2000);
    throw new Error(`${path.basename(this.log)} did not get ready. It said:\n${said}`);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await Promise.race([exited, sleep(STOP_MS, undefined, { ref: false })]);
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
  }
}
