import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';

/**
 * A few attempts, all within one workflow task where the database answers or refuses at once. How many more there are is the
 * workflow's to say: an activity that goes on by itself adds six events to the history with each, and nothing bounds them.
 */
const BOUNDED: wf.LocalActivityOptions = {
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '15s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumAttempts: 4 },
  localRetryThreshold: '3s',
};

export const { load } = wf.proxyLocalActivities<Activities>({ ...BOUNDED, summary: 'load the conversation' });
export const { persist } = wf.proxyLocalActivities<Activities>({ ...BOUNDED, summary: 'write decisions' });
export const { recall } = wf.proxyLocalActivities<Activities>({ ...BOUNDED, summary: 'recall a decision' });
