import { z } from 'zod';
import { STATUSES, WAITED_ON } from '../../domain/conversation';
import { text } from '../../domain/text';
import { flag } from '../core/shapes';

/** Which conversations of an inbox: the same for the list, for counts and for the audience of a broadcast. */
export const filters = {
  status: z
    .preprocess(
      (list) => (typeof list === 'string' ? [...new Set(list.split(','))] : list),
      z.array(z.enum(STATUSES)).min(1),
    )
    .optional()
    .describe('One of these statuses'),
  unread: flag.optional(),
  snoozed: flag.optional(),
  blocked: flag.optional(),
  waiting_on: z.enum(WAITED_ON).optional().describe('Who has the next word'),
  window: z
    .enum(['open', 'closed'])
    .optional()
    .describe('Whether the channel lets the business write freely'),
  agent: text(1, 128).optional().describe('Assigned to this agent; `none`: to nobody'),
  team: text(1, 128).optional().describe('Assigned to this team'),
  tag: text(1, 64).optional().describe('With this tag'),
};

/** null: archived or not */
export const archived = z
  .enum(['true', 'false', 'any'])
  .transform((value) => (value === 'any' ? null : value === 'true'));
