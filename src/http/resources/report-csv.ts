/** A report as a table: a row for each group, a column for each figure, named by its path. */
export function csvOf(items: object[]): string {
  const rows = items.map((item) => Object.fromEntries(flat(item)));
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name] ?? ''))];
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

function* flat(value: object, path = ''): Generator<[string, string | number]> {
  for (const [name, part] of Object.entries(value) as [string, unknown][]) {
    if (Array.isArray(part)) yield* parts(part as Part[], path);
    else if (typeof part === 'object' && part !== null) yield* flat(part, `${path}${name}.`);
    else yield [path + name, (part ?? '') as string | number];
  }
}

interface Part {
  under_seconds: number | null;
  n: number;
}

function* parts(distribution: Part[], path: string): Generator<[string, number]> {
  for (const { under_seconds, n } of distribution)
    yield [`${path}${under_seconds === null ? 'longer' : `under_${under_seconds}_seconds`}`, n];
}

/** A name of an agent that begins like a formula must not become one in a spreadsheet. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
