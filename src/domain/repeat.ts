import { z } from 'zod';

/**
 * Whether a sent event is the same as the one whose fields were kept, perhaps by an older version. It
 * compares what the senders said: a field with its default value equals an absent one, and a kept field that
 * today's schema does not know is a default that an older schema filled in.
 */
export function isSameEvent(schema: z.ZodObject, sent: object, kept: object): boolean {
  return canonical(said(schema, sent)) === canonical(said(schema, kept));
}

/** The fields whose values are not the defaults. */
function said({ shape }: z.ZodObject, fields: object): object {
  const others = Object.entries(fields).filter(([name, value]) => {
    const field = Object.hasOwn(shape, name) ? (shape[name] as z.ZodType) : undefined;
    return field && canonical(value) !== canonical(field.safeParse(undefined).data);
  });
  return Object.fromEntries(others.map(([name, value]) => [name, saidIn(shape[name] as z.ZodType, value)]));
}

function saidIn(schema: z.ZodType, value: unknown): unknown {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject && isObject(value) ? said(inner, value) : value;
}

/** JSON that is equal for equal values, in any order of fields. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(byName)) : inner,
  );
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
