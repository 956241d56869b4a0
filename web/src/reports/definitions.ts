interface Described {
  description?: string;
  properties?: Record<string, Described>;
}

/** What each figure of a report means, by its name with dots between, as the service's own description says it. */
export async function readDefinitions(signal: AbortSignal): Promise<Map<string, string>> {
  const answer = await fetch('/openapi.json', { signal });
  if (!answer.ok) throw new Error(`The description of reports cannot be read: ${answer.status}`);
  const { components } = (await answer.json()) as { components: { schemas: { Report: Described } } };
  return new Map(below('', components.schemas.Report.properties?.total ?? {}));
}

function below(prefix: string, { properties = {} }: Described): [string, string][] {
  return Object.entries(properties).flatMap(([part, of]) => {
    const name = prefix === '' ? part : `${prefix}.${part}`;
    const own: [string, string][] = of.description === undefined ? [] : [[name, of.description]];
    return [...own, ...below(name, of)];
  });
}

/** `in_status.in_progress` as `In status: in progress`. */
export function titleOf(name: string): string {
  const words = name.replaceAll('_', ' ').split('.').join(': ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
