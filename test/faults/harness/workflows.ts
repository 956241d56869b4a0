/** What Temporal's histories say about the workflows. */
import { workflowId } from '../../../src/temporal/contract';
import { eachOf } from './until';
import { account, type World } from './world';

/** Every run of a conversation's workflow, the oldest last. */
export async function runsOf({ workflows }: World, inbox: string, conversation: string): Promise<string[]> {
  const id = workflowId({ account, inbox, conversation });
  const runs: string[] = [];
  for await (const { runId } of workflows.workflow.list({ query: `WorkflowId = '${id}'` })) runs.push(runId);
  return runs;
}

/**
 * If a signal arrives while a task ends the run, the server fails the task and repeats it. That is not an
 * error.
 */
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
