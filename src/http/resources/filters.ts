import { z } from 'zod';
import { STATUSES } from '../../domain/conversation';
import { text } from '../../domain/text';
import { flag } from '../core/shapes';

/** Which conversations of an inbox: the same for the list, for counts and for the audience of a broadcast. */
export const filters = {
  status: z
    .string()
    .transform((list) => [...new Set(list.split(','))])
    .pipe(z.array(z.enum(STATUSES)))
    .optional(),
  unread: flag.optional(),
  snoozed: flag.optional(),
  agent: text(1, 128).optional(),
  team: text(1, 128).optional(),
  tag: text(1, 64).optional(),
};

/** null: archived or not */
export const archived = z
  .enum(['true', 'false', 'any'])
  .transform((value) => (value === 'any' ? null : value === 'true'));
