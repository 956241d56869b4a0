/** The figures of the service's health. What they mean: `findings.ts`. */
import { z } from 'zod';

const part = z.enum(['ok', 'unavailable', 'unknown']);
const seconds = z.number().nullable();

export const healthFigures = z.strictObject({
  temporal: part,
  worker: part,
  postgres: part,
  oldest_unwritten_seconds: seconds.describe('How long the oldest decision has waited to be written'),
  workers: z.int().nullable().describe('Those that reported in the last seconds'),
  tasks: z
    .strictObject({ waiting: z.int(), oldest_seconds: z.number(), pollers: z.int() })
    .nullable()
    .describe('Workflow tasks that no worker has taken, about, and how many ask for them'),
  timer_lag_seconds: seconds.describe('The latest timer of those that acted in the last five minutes'),
  dropped: z.int().nullable().describe('Signals that were no event, since the workers started'),
  overdue: z.int().nullable().describe('Timers of the account that are more than a minute late'),
  failing: z
    .strictObject({ n: z.int(), conversations: z.array(z.string()) })
    .nullable()
    .describe('Conversations of the account whose workflow task fails again and again: `inbox/conversation`'),
  outbox: z
    .strictObject({
      unheard_seconds: z.number(),
      undelivered_seconds: z.number(),
      waiting: z.int(),
      active: z.int(),
      failing: z.int(),
      paused: z.int(),
    })
    .nullable()
    .describe(
      'What the account’s endpoints were not told: the age of the oldest effect not handed to them, and of the oldest delivery that waits; and the endpoints by state',
    ),
});
export type HealthFigures = z.infer<typeof healthFigures>;
