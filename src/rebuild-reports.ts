/**
 * `npm run rebuild-reports`: counts everything that reports show anew from the timeline, and says how much differed from what
 * was kept: nothing, unless something is wrong. `--dry-run` only looks. The service may run meanwhile.
 */
import { parseArgs } from 'node:util';
import { createPool } from './db/pool';
import { rebuildAll } from './maintenance/rebuild-reports';
import { readMigrateConfig } from './runtime/config';
import { checkDatabase } from './runtime/migration';
import { OperatorError, reason } from './runtime/operator-error';
import { runRoot } from './runtime/process';

void runRoot(readMigrateConfig, async ({ databaseUrl }, { logger, stopOrder }) => {
  const dryRun = readOptions();
  await checkDatabase(databaseUrl);
  const pool = createPool({ databaseUrl, role: 'conversations_worker', max: 1, logger });
  stopOrder.add('pool', () => pool.end());
  const { conversations, differences } = await rebuildAll(pool, dryRun, (n) => {
    if (n % 10_000 === 0) logger.info({ conversations: n }, 'counting');
  });
  const outcome = dryRun ? 'nothing changed' : 'all of it is right now';
  process.stdout.write(`${conversations} conversations, ${differences} differences, ${outcome}\n`);
  process.exitCode = dryRun && differences > 0 ? 2 : 0;
  await stopOrder.stopAll();
});

function readOptions(): boolean {
  try {
    return parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } }).values['dry-run'];
  } catch (error) {
    throw new OperatorError(`${reason(error)}\nUsage: npm run rebuild-reports [-- --dry-run]`);
  }
}
