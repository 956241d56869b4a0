import * as wf from '@temporalio/workflow';

/** The least that a durable workflow can do with a signal or an update: count it. */
export async function counting(): Promise<void> {
  let count = 0;
  wf.setHandler(wf.defineSignal<[unknown]>('count'), () => void (count += 1));
  wf.setHandler(wf.defineUpdate<number, [unknown]>('add'), () => (count += 1));
  await wf.condition(() => count < 0);
}
