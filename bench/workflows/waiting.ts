import * as wf from '@temporalio/workflow';

/** One timer, and nothing after it. */
export async function waiting(until: number): Promise<void> {
  await wf.sleep(Math.max(1, until - Date.now()));
  await wf.condition(() => false);
}
