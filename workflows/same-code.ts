import { proxySinks, workflowInfo } from '@temporalio/workflow';
import { CODE_NUMBER, codeNumberOf } from '../src/temporal/code-number';
import type { CodeSinks } from '../src/temporal/contract';

const { code } = proxySinks<CodeSinks>();

/**
 * The first line of each workflow. A history that other code has written is not replayed: the task fails and
 * is tried again until the run is reset. Its events wait. The worker is told and resets the run at once.
 *
 * @throws if the run began under another code number
 */
export function assertSameCode(): void {
  const { currentDeploymentVersion, unsafe } = workflowInfo();
  if (!unsafe.isReplaying) return;
  const began = codeNumberOf(currentDeploymentVersion?.buildId ?? '');
  if (began === null || began === CODE_NUMBER) return;
  if (began < CODE_NUMBER) code.older();
  throw new Error(
    `the run began under code number ${began} and this is ${CODE_NUMBER}: it has to be reset; see docs/changing-the-workflow.md`,
  );
}
