import type { Row } from '../row';
import { aging } from './aging';
import { audience } from './audience';
import { awaited } from './awaited';
import { batches } from './batch';
import { firstMessages, statusChanges } from './changes';
import { curves } from './curves';
import { eligibility } from './eligibility';
import { history } from './history';
import { idleConversations } from './idle';
import { imports } from './import';
import { largeInbox } from './large-inbox';
import { latency } from './latency';
import { memory } from './memory';
import { openConversations } from './open';
import { board } from './page';
import { queue } from './queue';
import { codeRollout } from './rollout';
import { reports } from './reports';
import { reportWrites } from './report-writes';
import { scale } from './scale';
import { start } from './start';
import { streams } from './streams';
import { throughput } from './throughput';
import { timers } from './timers';
import { whatIf } from './what-if';
import { told } from './told';
import { webhooks } from './webhooks';

/** In the order they are measured: the rows that leave most data in the servers come last. */
export const ROWS: Row[] = [
  ...[
    throughput,
    latency,
    curves,
    history,
    awaited,
    statusChanges,
    firstMessages,
    batches,
    queue,
    scale,
    start,
    memory,
    codeRollout,
    told,
    streams,
    webhooks,
  ],
  ...[
    timers,
    idleConversations,
    openConversations,
    eligibility,
    audience,
    largeInbox,
    board,
    reports,
    reportWrites,
    whatIf,
    imports,
    aging,
  ],
];
