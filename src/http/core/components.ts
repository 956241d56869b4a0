import { z } from 'zod';

export type Json = Record<string, unknown>;
type Side = 'input' | 'output';

/**
 * The document's schemas: named ones are kept here and referred to. A schema that differs between requests
 * and answers (a default may be absent in a request and is always in an answer) gets a second name for
 * requests.
 */
export class Components {
  private readonly found: Record<Side, Map<string, string>> = { input: new Map(), output: new Map() };

  /** The schema as part of the description: its references are settled by {@link settle}. */
  schema(of: z.ZodType, io: Side): Json {
    const whole = z.toJSONSchema(z.object({ of }), {
      ...{ io, unrepresentable: 'any', reused: 'inline', override: sharpen },
    });
    for (const [id, schema] of Object.entries(whole.$defs ?? {})) {
      this.found[io].set(id, marked({ ...(schema as Json), $schema: undefined }, io));
    }
    return JSON.parse(marked(whole.properties?.of ?? {}, io)) as Json;
  }

  /** The document with its references settled, and the schemas that they refer to. */
  settle(document: Json): { document: Json; schemas: Json } {
    const settled = (text: string) =>
      text.replace(/#\/(input|output)\/(\w+)/g, (_, io: Side, id: string) => {
        return `#/components/schemas/${this.nameOf(id, io)}`;
      });
    const schemas = (['output', 'input'] as const).flatMap((io) =>
      [...this.found[io]].map(([id, text]) => [this.nameOf(id, io), JSON.parse(settled(text))] as const),
    );
    return {
      document: JSON.parse(settled(JSON.stringify(document))) as Json,
      schemas: Object.fromEntries(schemas.sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  private nameOf(id: string, io: Side): string {
    return io === 'input' && this.differs(id) ? `${id}Input` : id;
  }

  private differs(id: string): boolean {
    const taken = this.found.input.get(id);
    const answered = this.found.output.get(id);
    if (taken === undefined || answered === undefined) return false;
    if (taken.replaceAll('#/input/', '#/output/') !== answered) return true;
    return [...taken.matchAll(/#\/input\/(\w+)/g)].some(([, inner = '']) => this.differs(inner));
  }
}

function marked(schema: unknown, io: Side): string {
  return JSON.stringify(schema).replaceAll('"#/$defs/', `"#/${io}/`);
}

/** The bounds of a number's type tell a reader nothing. */
function sharpen({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
