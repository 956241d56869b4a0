/** What Temporal's histories tell of the workflows. */
import { workflowId } from '../../../src/temporal/contract';
import { eachOf } from './until';
import { account, type World } from './world';

/** Every run of a conversation's workflow, oldest last. */
export async function runsOf({ workflows }: World, inbox: string, conversation: string): Promise<string[]> {
  const id = workflowId({ account, inbox, conversation });
  const runs: string[] = [];
  for await (const { runId } of workflows.workflow.list({ query: `WorkflowId = '${id}'` })) runs.push(runId);
  return runs;
}

/** A task that meets a signal that came meanwhile is done again: the server calls that a failure, and it is none. */
const UNHANDLED_COMMAND = 1;

/** Workflow tasks that failed, of these conversations, as `conversation: cause`. */
export async function taskFailures(
  world: World,
  inbox: string,
  conversations: readonly string[],
): Promise<string[]> {
  const found = await eachOf(conversations, 8, async (conversation) => {
    const id = workflowId({ account, inbox, conversation });
    const failures: string[] = [];
    for (const run of await runsOf(world, inbox, conversation)) {
      const { events } = await world.workflows.workflow.getHandle(id, run).fetchHistory();
      for (const { workflowTaskFailedEventAttributes: failed } of events ?? []) {
        if (!failed || Number(failed.cause) === UNHANDLED_COMMAND) continue;
        failures.push(`${conversation}: cause ${failed.cause}, ${failed.failure?.message ?? ''}`);
      }
    }
    return failures;
  });
  return found.flat();
}
