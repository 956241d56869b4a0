import { z } from 'zod';

const days = (most: number) => z.int().min(1).max(most);

/**
 * How long an inbox keeps what it no longer needs to decide, in days; null: without end. What is older is deleted in time, not at
 * once (docs/operations.md, "What is kept for how long").
 */
export const retentionSchema = z.strictObject({
  timeline_days: days(36_500)
    .nullable()
    .default(null)
    .describe(
      'Entries of timelines; the last entry of each stays. An event id older than that is no longer known',
    ),
  closed_days: days(36_500)
    .nullable()
    .default(null)
    .describe(
      'Of conversations closed for so long: the timeline, earlier episodes, and the comments of earlier surveys',
    ),
  deliveries_days: days(30).default(30).describe('Deliveries to webhooks, after they have ended'),
});

export type Retention = z.infer<typeof retentionSchema>;
