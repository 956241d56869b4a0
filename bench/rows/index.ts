import type { Row } from '../row';
import { audience } from './audience';
import { awaited } from './awaited';
import { eligibility } from './eligibility';
import { history } from './history';
import { idleConversations } from './idle';
import { latency } from './latency';
import { queue } from './queue';
import { start } from './start';
import { throughput } from './throughput';
import { timers } from './timers';

/** In the order they are measured: what leaves the servers largest comes last. */
export const ROWS: Row[] = [
  ...[throughput, latency, history, awaited, queue, start],
  ...[timers, idleConversations, eligibility, audience],
];
