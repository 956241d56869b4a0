import { z } from 'zod';
import { text } from './text';

const MAX_SECONDS = 366 * 24 * 3600;
const seconds = (min: 0 | 1) => z.int().min(min).max(MAX_SECONDS).nullable();

/**
 * The settings of an inbox, with their defaults. null = off. What they are called and what
 * they do is said here once: the API's description and the page's form show it.
 */
export const settingsSchema = z.strictObject({
  csat: z
    .strictObject({
      enabled: z.boolean().default(false).meta({
        title: 'Ask for a rating',
        description: 'When an agent closes a conversation it becomes Resolved and a survey goes out.',
      }),
      timeout_seconds: seconds(1).default(86_400).meta({
        title: 'Wait for the answer',
        description:
          'How long a survey waits; then it expires and the conversation is closed. Off: it does not expire, and the conversation stays Resolved.',
      }),
      late_answer_seconds: seconds(1).default(1_209_600).meta({
        title: 'Take late answers',
        description:
          'How long after it expired a survey may still be answered, and after its answer be commented. Off: not at all.',
      }),
      on_auto_close: z.boolean().default(false).meta({
        title: 'Also after an auto-close',
        description: 'Ask for a rating when the service closed the conversation by itself.',
      }),
      pause_seconds: seconds(0).default(0).meta({
        title: 'Pause between surveys',
        description: 'A customer who was asked less than this ago is not asked again. 0 or off: no pause.',
      }),
      skip_tags: z.array(text(1, 64)).max(50).default([]).meta({
        title: 'No survey with these tags',
        description: 'A conversation that has one of them is closed without a survey.',
      }),
    })
    .prefault({})
    .meta({ title: 'Satisfaction surveys' }),
  auto_close: z
    .strictObject({
      after_seconds: seconds(1).default(null).meta({
        title: 'Close by itself after',
        description:
          'A conversation in New or In progress in which nothing happens for this long is closed. Off: never.',
      }),
      basis: z.enum(['customer_silence', 'last_activity']).default('customer_silence').meta({
        title: 'Counted from',
        description:
          'With customer_silence only while the business had the last word, so that a customer who waits is never closed; with last_activity whoever had it.',
      }),
    })
    .prefault({})
    .meta({ title: 'Auto-close' }),
  auto_archive: z
    .strictObject({
      after_seconds: seconds(0).default(null).meta({
        title: 'Archive after',
        description: 'A closed conversation leaves the usual list after this long; 0: at once. Off: never.',
      }),
    })
    .prefault({})
    .meta({ title: 'Auto-archive' }),
  flows: z
    .strictObject({
      timeout_seconds: seconds(1).default(86_400).meta({
        title: 'End a silent flow after',
        description:
          'A bot flow without a sign of life for this long is ended as expired, and its engine is told. Off: never.',
      }),
      allow_not_contacted: z.boolean().default(true).meta({
        title: 'Reach those never written to',
        description: 'Whether flows and broadcasts may start where nobody has written yet.',
      }),
      end_status: z.enum(['closed', 'new']).default('closed').meta({
        title: 'After a flow',
        description:
          'With closed, a flow that ends well closes the conversation; with new, it leaves it New and unread, for a person.',
      }),
    })
    .prefault({})
    .meta({ title: 'Bot flows and broadcasts' }),
  reopen_window_seconds: seconds(0).default(0).meta({
    title: 'Reopen within',
    description:
      'A message that comes less than this after the close goes on with the same work; a later one begins new work. 0 or off: each begins new work.',
  }),
  customer_window_seconds: seconds(1).default(86_400).meta({
    title: 'Customer window',
    description:
      'For how long after a message the channel lets the business write freely; then only templates. Off: the channel has no such limit.',
  }),
  assign_on_reply: z.boolean().default(true).meta({
    title: 'Assign to who replies',
    description: 'A conversation that is nobody’s becomes that of the agent who replies.',
  }),
  assignee_on_resume: z.enum(['keep', 'clear']).default('keep').meta({
    title: 'When work goes on',
    description:
      'Whether a customer’s message to finished work leaves it with the agent it had (keep), or with nobody (clear).',
  }),
});

export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = settingsSchema.parse({});
