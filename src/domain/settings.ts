import { z } from 'zod';
import { text } from './text';

const MAX_SECONDS = 366 * 24 * 3600;
const seconds = (min: 0 | 1) => z.int().min(min).max(MAX_SECONDS).nullable();

/** The settings of an inbox, with their defaults (statuses.md, "Settings of an inbox"). null = off. */
export const settingsSchema = z.strictObject({
  csat: z
    .strictObject({
      enabled: z.boolean().default(false),
      timeout_seconds: seconds(1).default(86_400),
      late_answer_seconds: seconds(1).default(1_209_600),
      on_auto_close: z.boolean().default(false),
      pause_seconds: seconds(0).default(0),
      skip_tags: z.array(text(1, 64)).max(50).default([]),
    })
    .prefault({}),
  auto_close: z
    .strictObject({
      after_seconds: seconds(1).default(null),
      basis: z.enum(['customer_silence', 'last_activity']).default('customer_silence'),
    })
    .prefault({}),
  auto_archive: z.strictObject({ after_seconds: seconds(0).default(null) }).prefault({}),
  flows: z
    .strictObject({
      timeout_seconds: seconds(1).default(86_400),
      allow_not_contacted: z.boolean().default(true),
      end_status: z.enum(['closed', 'new']).default('closed'),
    })
    .prefault({}),
  reopen_window_seconds: seconds(0).default(0),
  customer_window_seconds: seconds(1).default(86_400),
  assign_on_reply: z.boolean().default(true),
  assignee_on_resume: z.enum(['keep', 'clear']).default('keep'),
});

export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});
