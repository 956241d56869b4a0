import { z } from 'zod';

type JsonObject = Record<string, unknown>;

/** Deeper than any of our schemas; what a patch has below this depth is not merged but replaces. */
const DEEPEST = 16;

/** RFC 7396: objects are merged, null takes a member away, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown, depth = DEEPEST): unknown {
  if (!isObject(patch) || depth === 0) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value, depth - 1));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The schema of a merge patch: any part of the object, null to remove it, and the same inside its objects.
 */
export function patchOf({ shape }: z.ZodObject): z.ZodObject {
  const fields = Object.entries(shape).map(([name, field]) => {
    const inner = withoutDefault(field as z.ZodType);
    const part = inner instanceof z.ZodObject ? patchOf(inner) : inner;
    return [name, part instanceof z.ZodNullable ? part.optional() : part.nullish()];
  });
  return z.strictObject(Object.fromEntries(fields) as z.ZodRawShape);
}

function withoutDefault(field: z.ZodType): z.ZodType {
  const hasDefault = field instanceof z.ZodDefault || field instanceof z.ZodPrefault;
  return hasDefault ? (field.unwrap() as z.ZodType) : field;
}
