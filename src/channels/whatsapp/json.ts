/** Looking into JSON that may hold anything: what is not there, or of another kind, is empty. */

export type Part = Readonly<Record<string, unknown>>;

const NOTHING: Part = Object.freeze({});

export function partOf(value: unknown): Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Part) : NOTHING;
}

export function partsOf(value: unknown): Part[] {
  return Array.isArray(value) ? value.map(partOf) : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
