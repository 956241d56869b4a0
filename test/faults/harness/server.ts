import { readFileSync } from 'node:fs';
import type { Child } from '../../../src/embedded/child';
import type { DataFolder } from '../../../src/embedded/data-folder';

type Running = Pick<Child, 'exited' | 'stop'>;

/** Temporal or PostgreSQL as a process of its own, always with the same files and address. */
export class Server<S extends Running> {
  private running: { server: S; pid: number } | null = null;
  private wasAt: string | null = null;

  constructor(
    private readonly name: string,
    private readonly folder: DataFolder,
    private readonly begin: (port: number | undefined) => Promise<S>,
    private readonly addressOf: (server: S) => string,
  ) {}

  /** @throws when it does not start, or not at its old address */
  async start(): Promise<void> {
    const server = await this.begin(this.wasAt === null ? undefined : portOf(this.wasAt));
    const record = readFileSync(this.folder.at('run', `${this.name}.json`), 'utf8');
    const running = { server, pid: (JSON.parse(record) as { pid: number }).pid };
    this.running = running;
    void server.exited.then(() => {
      if (this.running === running) this.running = null;
    });
    const address = this.addressOf(server);
    if (this.wasAt !== null && this.wasAt !== address) throw new Error(`${this.name} moved to ${address}`);
    this.wasAt = address;
  }

  get address(): string {
    if (this.wasAt === null) throw new Error(`${this.name} was never started`);
    return this.wasAt;
  }

  /** Whether it has ended: on its own, or because it was killed. */
  get hasEnded(): boolean {
    return this.running === null;
  }

  get now(): S {
    if (!this.running) throw new Error(`${this.name} does not run`);
    return this.running.server;
  }

  /** Kills it. SIGQUIT is PostgreSQL's immediate stop: no checkpoint, and recovery at the next start. */
  async kill(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    const { server, pid } = this.take();
    process.kill(pid, signal);
    await server.exited;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) process.kill(this.running.pid, signal);
  }

  async stop(): Promise<void> {
    if (this.running) await this.take().server.stop(10_000);
  }

  private take() {
    const { running } = this;
    if (!running) throw new Error(`${this.name} does not run`);
    this.running = null;
    return running;
  }
}

export function portOf(address: string): number {
  return Number(new URL(address.includes('://') ? address : `tcp://${address}`).port);
}
