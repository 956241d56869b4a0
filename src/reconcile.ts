/**
 * `npm run reconcile`: finds every conversation whose workflow and row disagree, names it, and mends it.
 * `--dry-run` only names. `--since TIME`: compares conversations too that came to rest after then; the backup's time.
 */
import { parseArgs } from 'node:util';
import { readWorkerConfig } from './runtime/config';
import { createPool } from './db/pool';
import { OperatorError, reason } from './runtime/operator-error';
import { checkDatabase } from './runtime/migration';
import { NoWorkerError, reconcileAll } from './maintenance/reconcile';
import { TemporalClient } from './temporal/client';
import { runRoot } from './runtime/process';
import { connectTemporal } from './runtime/temporal';

const CONNECTIONS = 4;
const DAY_MS = 24 * 3_600_000;

void runRoot(readWorkerConfig, async ({ databaseUrl, temporal: address }, { logger, stopOrder }) => {
  const { dryRun, since } = readOptions();
  const [temporal] = await Promise.all([connectTemporal(address, logger), checkDatabase(databaseUrl)]);
  stopOrder.add('connection', () => temporal.connection.close());
  const pool = createPool({ databaseUrl, role: 'conversations_worker', max: CONNECTIONS, logger });
  stopOrder.add('pool', () => pool.end());
  const stores = { pool, temporal: new TemporalClient(temporal.client) };
  const { found, left } = await reconcileAll(stores, { dryRun, since, tell }).catch(explained);
  tell(`${found} found, ${dryRun ? 'nothing changed' : `${found - left} mended, ${left} left`}`);
  process.exitCode = left > 0 ? 2 : 0;
  await stopOrder.stopAll();
});

function readOptions(): { dryRun: boolean; since: Date } {
  try {
    const options = { 'dry-run': { type: 'boolean', default: false }, since: { type: 'string' } } as const;
    const { values } = parseArgs({ options });
    const since = values.since === undefined ? new Date(Date.now() - DAY_MS) : new Date(values.since);
    if (Number.isNaN(since.getTime())) throw new Error('--since must be a time like 2026-01-31T09:00:00Z');
    return { dryRun: values['dry-run'], since };
  } catch (error) {
    throw new OperatorError(`${reason(error)}\nUsage: npm run reconcile [-- --dry-run] [-- --since TIME]`);
  }
}

/** What the operator can put right is told as such. */
function explained(error: unknown): never {
  throw error instanceof NoWorkerError ? new OperatorError(error.message) : error;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
