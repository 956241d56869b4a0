/**
 * The rows of a CSV file as lines that an import takes.
 *
 *     node --import tsx examples/moving/csv.ts mapping.json < conversations.csv > lines.ndjson
 *
 * The mapping names the column of each field: `{"conversation": "Ticket", "status": {"column": "State", "values": {"open": "new"}}}`.
 * With `values`, what stands there stands for something else. `assignee.agent` is the field `agent` of `assignee`. A tag has a
 * `separator` between it and the next. Empty cells are left out.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse';

type Field = string | { column: string; values?: Record<string, unknown>; separator?: string };
type Row = Record<string, string>;

const [mappingFile] = process.argv.slice(2);
if (mappingFile === undefined) throw new Error('say which mapping: csv.ts mapping.json < conversations.csv');
const mapping = Object.entries(JSON.parse(readFileSync(mappingFile, 'utf8')) as Record<string, Field>);

function lineOf(row: Row, number: number): object {
  const line: Record<string, unknown> = {};
  for (const [name, field] of mapping) {
    const value = valueOf(row, field, number);
    const [outer = '', inner] = name.split('.');
    if (value === undefined) continue;
    line[outer] = inner === undefined ? value : { ...(line[outer] as object), [inner]: value };
  }
  return line;
}

function valueOf(row: Row, field: Field, number: number): unknown {
  const { column, values, separator }: Exclude<Field, string> =
    typeof field === 'string' ? { column: field } : field;
  const cell = row[column]?.trim();
  if (cell === undefined) throw new Error(`there is no column ${column}`);
  if (cell === '') return undefined;
  if (separator !== undefined) return cell.split(separator).map((tag) => ({ name: tag.trim() }));
  if (!values) return cell;
  if (!(cell in values)) throw new Error(`row ${number}: the mapping has no value for ${column} "${cell}"`);
  return values[cell];
}

async function main(): Promise<void> {
  let number = 0;
  for await (const row of process.stdin.pipe(parse({ columns: true, bom: true })) as AsyncIterable<Row>)
    process.stdout.write(`${JSON.stringify(lineOf(row, ++number))}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
