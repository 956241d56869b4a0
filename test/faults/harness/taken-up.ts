/** The service on a data folder of an older release, as a person starts it. */
import { Client as Temporal, Connection } from '@temporalio/client';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Pool } from 'pg';
import { Client } from './client';
import { recordedCode } from '../../../src/db/code-numbers';
import { migrate } from '../../../src/db/migrate';
import type { ConversationRecord } from '../../../src/domain/record';
import { openDataFolder } from '../../../src/embedded/data-folder';
import { startPostgres } from '../../../src/embedded/postgres-server';
import { reconcileAll } from '../../../src/maintenance/reconcile';
import { createLogger } from '../../../src/runtime/log';
import { TemporalClient } from '../../../src/temporal/client';
import { CODE_NUMBER, codeNumberOf } from '../../../src/temporal/code-number';
import { workflowId } from '../../../src/temporal/contract';
import { start, type Service } from '../../embedded/service';
import { eventsOf, failuresIn } from '../../workflows/support/history';
import { copyOfFolder } from './recorded-folder';
import { eachOf } from './until';
import { account } from './world';

/** A row and its timeline, as PostgreSQL says them in JSON. */
export interface State {
  row: Pick<ConversationRecord, 'inbox' | 'conversation' | 'status'> & {
    next: { timer: string; due_at: string } | null;
  };
  timeline: Entry[];
}

export interface Entry {
  event: string;
  type: string;
  at: string;
  /** fields of the record that changed; null where none did */
  changes: { next?: State['row']['next'] } | null;
}

/** By `inbox/conversation`. */
export type States = Map<string, State>;

export async function stateOf(pool: Pool): Promise<States> {
  const { rows } = await pool.query<{ row: State['row']; timeline: Entry[] }>(
    `SELECT to_jsonb(c) AS row, (SELECT jsonb_agg(to_jsonb(t) ORDER BY seq) FROM timeline t
       WHERE (t.account, t.inbox, t.conversation) = (c.account, c.inbox, c.conversation)) AS timeline
     FROM conversations c`,
  );
  return new Map(rows.map((state) => [`${state.row.inbox}/${state.row.conversation}`, state]));
}

/** What the migrations alone make of the recorded folder. */
export async function migratedState(): Promise<States> {
  const { dir, remove } = copyOfFolder();
  const folder = openDataFolder(dir);
  const logger = createLogger('error');
  const server = await startPostgres({ folder, logger });
  const pool = new Pool({ connectionString: server.url });
  try {
    await migrate(server.url, logger);
    return await stateOf(pool);
  } finally {
    await pool.end();
    await server.stop();
    folder.close();
    remove();
  }
}

/** When the service was up, in epoch milliseconds. */
export interface Up {
  from: number;
  to: number;
}

export class Program {
  readonly ups: Up[] = [];
  private running: { service: Service; api: Client; pool: Pool; temporal: Temporal } | null = null;

  constructor(private readonly dir: string) {}

  async start(): Promise<void> {
    const service = await start(['npm', 'start'], { DATA_DIR: this.dir });
    const pool = new Pool({ connectionString: service.row('Database') });
    pool.on('error', () => {}); // it is killed
    const temporal = new Temporal({
      connection: await Connection.connect({ address: this.temporalAddress() }),
    });
    const api = new Client(service.row('API'), service.row('API key'), 10_000);
    this.running = { service, api, pool, temporal };
    this.ups.push({ from: Date.now(), to: Infinity });
  }

  /** Kills all of it at once. */
  async kill(): Promise<void> {
    const { service, pool, temporal } = this.up;
    this.running = null;
    const last = this.ups.at(-1);
    if (last) last.to = Date.now();
    await service.killAll();
    await pool.end().catch(() => {});
    await temporal.connection.close();
  }

  get pool(): Pool {
    return this.up.pool;
  }

  /** Whether the event was accepted. */
  async accepts(inbox: string, conversation: string, event: object): Promise<boolean> {
    const place = `/v1/inboxes/${inbox}/conversations/${conversation}/events`;
    return (await this.up.api.request('POST', place, { body: event })).status < 300;
  }

  async isRolledOut(): Promise<boolean> {
    const { number, rolled_out } = await recordedCode(this.pool);
    return number === CODE_NUMBER && rolled_out;
  }

  /** How many timers should have acted, or soon will. */
  async unsettled(): Promise<number> {
    const soon = Date.now() + 2 * 60_000;
    const states = [...(await stateOf(this.pool)).values()];
    return states.filter(({ row: { next } }) => next && Date.parse(next.due_at) <= soon).length;
  }

  /**
   * What is wrong with the workflows, in words; how many run; and how many have a timer that rings when the
   * row's is due, or earlier.
   */
  async workflows(states: States): Promise<{ open: number; armed: number; problems: string[] }> {
    const { workflow } = this.up.temporal;
    const problems: string[] = [];
    let [open, armed] = [0, 0];
    await eachOf([...states], 8, async ([name, { row }]) => {
      const handle = workflow.getHandle(workflowId({ account, ...row }));
      const description = await handle.describe().catch(() => null); // one that rests may be gone
      if (description?.status.name !== 'RUNNING') {
        if (row.next) problems.push(`${name} has a timer and no workflow`);
        return;
      }
      open += 1;
      const events = (await handle.fetchHistory()).events ?? [];
      problems.push(...failuresIn(events).map((what) => `${name}: a workflow task failed: ${what}`));
      if ((description.raw.pendingWorkflowTask?.attempt ?? 0) > 1) problems.push(`${name}: its task fails`);
      const [first] = eventsOf(events, 'workflow_task_completed');
      const build = first?.workflowTaskCompletedEventAttributes?.workerVersion?.buildId ?? '';
      if (codeNumberOf(build) !== CODE_NUMBER) problems.push(`${name}: its run is of ${build}`);
      if (!row.next) return;
      const timer = eventsOf(events, 'timer_started').at(-1);
      const for_ms = Number(timer?.timerStartedEventAttributes?.startToFireTimeout?.seconds ?? NaN) * 1_000;
      const rings = Number(timer?.eventTime?.seconds ?? NaN) * 1_000 + for_ms;
      if (rings < Date.parse(row.next.due_at) + 3_000) armed += 1;
      else problems.push(`${name}: its timer rings at ${rings}, and it is due at ${row.next.due_at}`);
    });
    return { open, armed, problems: problems.slice(0, 20) };
  }

  async reconciled(): Promise<{ found: number; ms: number }> {
    const began = Date.now();
    const stores = { pool: this.pool, temporal: new TemporalClient(this.up.temporal) };
    const tell = (line: string) => console.log(line);
    const { found } = await reconcileAll(stores, { dryRun: true, since: new Date(0), tell });
    return { found, ms: Date.now() - began };
  }

  private get up() {
    if (!this.running) throw new Error('it is not started');
    return this.running;
  }

  /** Nothing prints the address, so it is read from the arguments of the process. */
  private temporalAddress(): string {
    const record = readFileSync(path.join(this.dir, 'run', 'temporal.json'), 'utf8');
    const { pid } = JSON.parse(record) as { pid: number };
    const { stdout } = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
    const port = / --port (\d+)/.exec(stdout)?.[1];
    if (port === undefined) throw new Error(`no port in: ${stdout}`);
    return `127.0.0.1:${port}`;
  }
}
