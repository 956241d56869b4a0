import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';

/**
 * A few attempts, all within one workflow task if the database answers or refuses at once. The workflow
 * decides about more attempts: an activity that repeats by itself adds six events to the history with each
 * attempt, without a bound.
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
