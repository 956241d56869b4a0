/** The process that sends the load. It is separate from the target, and the same for every target. */
import { setTimeout as sleep } from 'node:timers/promises';
import { now, type Job, type Sent } from './job';
import { eventIdOf, senderOf, type Sender } from './senders';

const DRAIN_MS = 15_000;
const REFUSED_MS = 1_000;

process.on('message', (job: Job) => void answer(job));
process.once('disconnect', () => process.exit(0));

async function answer(job: Job): Promise<void> {
  try {
    process.send?.(await run(job));
  } catch (error) {
    process.send?.({ error: String(error) });
  }
}

async function run(job: Job): Promise<Sent> {
  const sender = await senderOf(job);
  const sent: Sent = {
    ...{ began: now(), ended: 0, accepted: 0, failed: 0 },
    ...{ latencies: [], acknowledged: {}, written: sender.written },
  };
  const send = async (n: number, due: number) => {
    try {
      await sender.send(n);
      const at = now();
      sent.accepted += sender.each;
      sent.latencies.push(at - due);
      sent.acknowledged[eventIdOf(job, n)] = at;
    } catch (error) {
      sent.failed += 1;
      sent.firstFailure ??= String(error);
      await sleep(REFUSED_MS); // as `Retry-After` asks for
    }
  };
  if ('inFlight' in job.load) await closedLoop(job.load.inFlight, job, send);
  else await openLoop(job.load.perSecond, job.seconds, send);
  sent.ended = now();
  if (job.target.kind === 'http' && job.target.databaseUrl !== undefined) await untilHeard(sent, sender);
  await sender.close();
  return sent;
}

type Send = (n: number, due: number) => Promise<void>;

async function closedLoop(inFlight: number, { seconds, atMost = Infinity }: Job, send: Send): Promise<void> {
  const end = now() + seconds * 1000;
  let n = 0;
  const loop = async () => {
    while (now() < end && n < atMost) await send(n++, now());
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
}

/**
 * Latency counts from the moment an event was due. So a sender that falls behind does not hide how long
 * callers would have waited.
 */
async function openLoop(perSecond: number, seconds: number, send: Send): Promise<void> {
  const began = now();
  const total = Math.floor(perSecond * seconds);
  const under: Promise<void>[] = [];
  for (let n = 0; n < total;) {
    for (; n < total && began + (n * 1000) / perSecond <= now(); n++) {
      under.push(send(n, began + (n * 1000) / perSecond));
    }
    await sleep(1);
  }
  await Promise.race([Promise.all(under), sleep(DRAIN_MS, undefined, { ref: false })]);
}

async function untilHeard({ acknowledged }: Sent, { written }: Sender): Promise<void> {
  const end = now() + DRAIN_MS;
  while (now() < end && Object.keys(acknowledged).some((id) => written[id] === undefined)) await sleep(20);
}
