/** `npm run migrate`: brings the database up to this version, and ends. */
import { readMigrateConfig } from './runtime/config';
import { migrateDatabase } from './runtime/migration';
import { runRoot } from './runtime/process';

void runRoot(readMigrateConfig, async (config, { logger }) => {
  await migrateDatabase(config.databaseUrl, logger);
  logger.info('The database is up to date');
});
