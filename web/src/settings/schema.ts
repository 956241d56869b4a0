import type { Settings } from '../../../clients/typescript/src/index.ts';

/** As the service's own description says it: what settings there are, what each does, and what it may be. */
interface Described {
  title?: string;
  description?: string;
  type?: string;
  enum?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  anyOf?: Described[];
  properties?: Record<string, Described>;
}

export interface Field {
  /** `csat.enabled` */
  name: string;
  title: string;
  about: string;
  kind: 'flag' | 'choice' | 'span' | 'names';
  choices: string[];
  /** of a span, in seconds */
  least: number;
  most: number;
  usual: unknown;
}

export interface Group {
  title: string;
  fields: Field[];
}

/** Those that are in no part of the settings. */
const OTHERS = 'Everything else';

export async function readGroups(signal: AbortSignal): Promise<Group[]> {
  const answer = await fetch('/openapi.json', { signal });
  if (!answer.ok) throw new Error(`The description of the settings cannot be read: ${answer.status}`);
  const { components } = (await answer.json()) as { components: { schemas: { Settings: Described } } };
  return groupsOf(components.schemas.Settings);
}

function groupsOf({ properties = {} }: Described): Group[] {
  const groups: Group[] = [];
  const others: Field[] = [];
  for (const [name, described] of Object.entries(properties)) {
    if (described.properties === undefined) others.push(fieldOf(name, described));
    else {
      const fields = Object.entries(described.properties).map(([part, of]) => fieldOf(`${name}.${part}`, of));
      groups.push({ title: described.title ?? name, fields });
    }
  }
  return [...groups, { title: OTHERS, fields: others }];
}

function fieldOf(name: string, described: Described): Field {
  const inner = described.anyOf?.find(({ type }) => type !== 'null') ?? described;
  return {
    name,
    title: described.title ?? name,
    about: described.description ?? '',
    kind: kindOf(inner),
    choices: inner.enum ?? [],
    least: inner.minimum ?? 0,
    most: inner.maximum ?? Infinity,
    usual: described.default,
  };
}

function kindOf({ type, enum: choices }: Described): Field['kind'] {
  if (type === 'boolean') return 'flag';
  if (type === 'array') return 'names';
  return choices ? 'choice' : 'span';
}

type Parts = Record<string, unknown>;

export function valueIn(settings: Settings, name: string): unknown {
  return name.split('.').reduce<unknown>((of, part) => (of as Parts | undefined)?.[part], settings);
}

/** The settings with another value of one of them. */
export function changed(settings: Settings, name: string, value: unknown): Settings {
  const [first = '', rest] = name.split('.');
  const parts = settings as unknown as Parts;
  const part = rest === undefined ? value : { ...(parts[first] as Parts), [rest]: value };
  return { ...parts, [first]: part } as unknown as Settings;
}

/** In a merge patch null is the default: what is off, and is usually not, cannot be said in one. */
export const sayable = (field: Field, settings: Settings) =>
  valueIn(settings, field.name) !== null || field.usual === null;

/** These settings as a merge patch. */
export function patchOf(fields: Field[], settings: Settings): object {
  const patch: Record<string, unknown> = {};
  for (const { name } of fields) {
    const [first = '', rest] = name.split('.');
    const value = valueIn(settings, name);
    patch[first] = rest === undefined ? value : { ...(patch[first] as object | undefined), [rest]: value };
  }
  return patch;
}

/** In words, for people. */
export function said(value: unknown): string {
  if (value === null || value === undefined) return 'off';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
