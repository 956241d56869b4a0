import { CONVERSATION_WORKFLOW, TASK_QUEUE, workflowId } from '../../../src/temporal/contract';
import { account, type World } from './world';

/** Sends a signal like a direct client of the workflows. Nothing is checked here. */
export async function signalOf(
  { workflows }: World,
  key: { inbox: string; conversation: string },
  signal: string,
  args: unknown[],
): Promise<void> {
  const { inbox, conversation } = key;
  const input = { account, inbox, conversation };
  await workflows.workflow.signalWithStart(CONVERSATION_WORKFLOW, {
    ...{ workflowId: workflowId(input), taskQueue: TASK_QUEUE, args: [input], signal },
    signalArgs: args as [unknown],
  });
}
