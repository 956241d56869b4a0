import type { Row } from '../harness/row';
import { workerKilled } from './01-worker-killed';
import { temporalKilled } from './02-temporal-killed';
import { postgresStopped } from './03-postgres-stopped';
import { retried } from './04-retried';
import { firstMessages } from './05-first-messages';
import { continued } from './07-continued';
import { lateWrite } from './08-late-write';
import { poison } from './09-poison';
import { stopped } from './11-stopped';
import { restored } from './12-restored';
import { greedy } from './16-greedy';
import { twoBuilds } from './17-two-builds';
import { network } from './18-network';
import { fullDisk } from './19-full-disk';
import { workerWithoutTemporal } from './20-worker-without-temporal';
import { codeChanged } from './21-code-changed';
import { outage } from './22-outage';
import { connectionsDead } from './23-connections-dead';
import { webhooks } from './24-webhooks';
import { stream } from './25-stream';
import { erased } from './26-erased';
import { importStopped } from './27-import-stopped';

const elsewhere = (n: number, promise: string, where: string): Row => ({ n, promise, elsewhere: where });

/** By number. */
export const rows: readonly Row[] = [
  workerKilled,
  temporalKilled,
  postgresStopped,
  retried,
  firstMessages,
  elsewhere(6, 'decisions match the rules under any interleaving', 'test/workflows'),
  continued,
  lateWrite,
  poison,
  elsewhere(10, 'the same code replays as it ran', 'test/workflows'),
  stopped,
  restored,
  elsewhere(13, 'a year passes correctly', 'test/workflows'),
  elsewhere(14, 'nobody gets in where they do not belong', 'test/http/access.test.ts'),
  elsewhere(15, 'no input is answered with a 5xx', 'npm run test:fuzz'),
  greedy,
  twoBuilds,
  network,
  fullDisk,
  workerWithoutTemporal,
  codeChanged,
  outage,
  connectionsDead,
  webhooks,
  stream,
  erased,
  importStopped,
];
