import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import path from 'node:path';
import { payloadConverterPath } from '../../../src/temporal/workflow-bundle';
import { changedTree, type Edit } from '../../faults/harness/tree';

/** The workflows with some places changed. */
export async function bundleOf(...edits: Edit[]): Promise<WorkflowBundle> {
  const { tree, remove } = changedTree(edits);
  try {
    return await bundleWorkflowCode({
      workflowsPath: path.join(tree, 'workflows', 'index.ts'),
      payloadConverterPath: path.join(tree, path.relative(process.cwd(), payloadConverterPath)),
      logger: new DefaultLogger('WARN'),
    });
  } finally {
    remove();
  }
}
