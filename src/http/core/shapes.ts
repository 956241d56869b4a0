/** Shapes that several resources share. What one resource alone takes or answers is defined beside it. */
import { z } from 'zod';
import { conversationRecord } from '../../domain/record-schema';
import { objectId } from '../../domain/text';

export const inboxParams = z.strictObject({ inbox: objectId() });
export const conversationParams = z.strictObject({ inbox: objectId(), conversation: objectId() });
export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});

/** Any JSON object, as it came. A copy would lose `__proto__`, which must be refused. */
export const jsonObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be a JSON object',
);

export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

export const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number')
  .transform(Number)
  .pipe(z.int().min(1).max(200))
  .default(50);

export const cursor = z
  .string()
  .regex(/^[\w-]{9,600}$/, 'is not a cursor')
  .optional();

export const pageQuery = z.strictObject({ limit, cursor });

export const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() });

/** As many as one request may name. */
export const conversationIds = z.array(objectId()).max(10_000);

export const verdict = z.enum(['applied', 'ignored', 'refused']);

export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string(),
  rule: z.string().optional(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  conversation: conversationRecord.optional(),
});
