/** One line of a scrape. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Reads Prometheus' text format. @throws where a line is none */
function samplesOf(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name, inner = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
    const pairs = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]);
    return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: valueOf(value) };
  });
}

function valueOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return Number(text);
}

export async function scraped(url: string | undefined): Promise<Sample[]> {
  const response = await fetch(url ?? '');
  if (!response.ok) throw new Error(`${response.status}`);
  return samplesOf(await response.text());
}

/** The sum over all samples of that name with at least these labels; NaN where there is none. */
export function sumOf(samples: Sample[], name: string, labels: Record<string, string> = {}): number {
  const fitting = samples.filter(
    (s) => s.name === name && Object.entries(labels).every(([key, value]) => s.labels[key] === value),
  );
  return fitting.length === 0 ? NaN : fitting.reduce((sum, { value }) => sum + value, 0);
}
