/** `npm run migrate`: brings the database up to this version, and ends. */
import { readMigrateConfig } from './config';
import { migrateDatabase } from './processes/database';
import { runRoot } from './processes/root';

void runRoot(readMigrateConfig, async (config, { logger }) => {
  await migrateDatabase(config.databaseUrl, logger);
  logger.info('The database is up to date');
});
