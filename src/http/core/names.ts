import { z } from 'zod';

/** What the document adds to a schema, in terms of JSON Schema. */
interface Shown {
  description?: string;
  examples?: unknown[];
  [keyword: string]: unknown;
}

/** The same schema. From now on the description of the API shows it once, by this name, and refers to it. */
export function named<S extends z.ZodType>(id: string, schema: S, shown: Shown = {}): S {
  z.globalRegistry.add(schema, { ...shown, id });
  return schema;
}

/** The same schema, shown where it stands. */
export function shown<S extends z.ZodType>(schema: S, as: Shown): S {
  z.globalRegistry.add(schema, as);
  return schema;
}
