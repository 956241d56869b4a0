import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../src/db/migrate';
import { openDataFolder, type DataFolder } from '../../src/embedded/data-folder';
import { startPostgres, type EmbeddedPostgres } from '../../src/embedded/postgres-server';
import { temporalProgram, timeSkippingProgram } from '../../src/embedded/temporal-program';
import { startTemporal } from '../../src/embedded/temporal-server';
import { createLogger } from '../../src/runtime/log';
import { SEARCH_ATTRIBUTES } from '../../src/temporal/contract';
import { atEndOfRun } from './end-of-run';
import { template } from './servers';

const cacheDir = path.join(__dirname, '..', '..', '.cache');
const logger = createLogger('warn');
/** A server of another version to try the service on: its superuser's URL. The run's own otherwise. */
const ownPostgres = process.env.TEST_POSTGRES_URL;

/**
 * Starts one real Temporal server and one PostgreSQL for the whole run, with empty stores. The environment
 * has their addresses.
 */
export default async function globalSetup(): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'conversation-status-test-'));
  atEndOfRun(() => rmSync(dir, { recursive: true, force: true }));
  const folder = openDataFolder(dir);
  await temporalProgram(cacheDir, logger);
  const [postgres, temporal, timeSkipping] = await Promise.all([
    ownPostgres ? { url: ownPostgres, stop: () => {} } : startPostgresIn(folder),
    startTemporal({
      folder,
      logger,
      cacheDir,
      namespace: 'default',
      keywords: Object.values(SEARCH_ATTRIBUTES),
      // A run that was deleted leaves Temporal's lists when these have noted how far they are: else every ten seconds.
      dynamicConfig: {
        'history.transferProcessorUpdateAckInterval': '"500ms"',
        'history.visibilityProcessorUpdateAckInterval': '"500ms"',
        // a task that fails is told of after the second time; the fifth is a minute later
        'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute': 2,
      },
    }),
    timeSkippingProgram(cacheDir, logger),
  ]);
  atEndOfRun(() => Promise.all([postgres.stop(), temporal.stop()]));
  await makeTemplate(postgres.url);
  process.env.TEST_DATABASE_URL = postgres.url;
  process.env.TEST_TEMPORAL_ADDRESS = temporal.address;
  process.env.TEST_TIME_SKIPPING_PROGRAM = timeSkipping;
}

/** Test data need not survive a power cut, and a test run commits often. */
function startPostgresIn(folder: DataFolder): Promise<EmbeddedPostgres> {
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  return startPostgres({ folder, logger, settings });
}

/** Each test's database is a copy of this one, which is faster than the migrations. */
async function makeTemplate(url: string): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  await admin.query(`DROP DATABASE IF EXISTS ${template}`); // of an earlier run on the same server
  await admin.query(`CREATE DATABASE ${template}`);
  await admin.end();
  const target = new URL(url);
  target.pathname = `/${template}`;
  await migrate(target.href, logger);
}
