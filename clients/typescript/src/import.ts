import { UnreachableError } from './errors.ts';
import type { ImportResult, operations } from './schema.ts';

/** `on_conflict`, `dry_run` */
export type ImportQuery = NonNullable<operations['import_conversations']['parameters']['query']>;
export type ImportSummary = Extract<ImportResult, { imported: number }>;
export type RefusedLine = Exclude<ImportResult, ImportSummary>;

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What came of one part of an import. */
export interface ImportedPart {
  /** bytes of the part */
  bytes: number;
  /** `line` counts from the beginning of the whole */
  refused: RefusedLine[];
  summary: ImportSummary;
}

/** A request takes no more than this, and the line on which it comes to its end. */
const PART_BYTES = 1_000_000;
/** The service takes no longer line. */
const LONGEST_LINE = 1_000_000;
const NEWLINE = 0x0a;

/** Sends the lines part by part: a part can be sent again, and nothing more than a part is held. */
export async function* importedBy(
  send: (part: Uint8Array) => Promise<AsyncIterable<ImportResult>>,
  bytes: Bytes,
): AsyncGenerator<ImportedPart> {
  let before = 0;
  for await (const part of partsOf(bytes)) {
    const results: ImportResult[] = [];
    for await (const result of await send(part)) results.push(result);
    const summary = results.pop();
    if (!summary || !('imported' in summary)) throw stoppedAt(summary, before);
    const refused = (results as RefusedLine[]).map((each) => ({ ...each, line: each.line + before }));
    yield { bytes: part.length, refused, summary };
    before += countOf(part);
  }
}

function stoppedAt(last: RefusedLine | undefined, before: number): UnreachableError {
  const why = last?.errors?.[0]?.message ?? last?.rule ?? 'no reason is told';
  return new UnreachableError(`The service stopped at line ${(last?.line ?? 0) + before}: ${why}`);
}

async function* partsOf(bytes: Bytes): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    held.push(chunk);
    length += chunk.length;
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (length < PART_BYTES) continue;
    if (end === 0) {
      if (length > PART_BYTES + LONGEST_LINE)
        throw new RangeError('A line is longer than 1 MB: is this NDJSON?');
      continue;
    }
    yield joined([...held.slice(0, -1), chunk.subarray(0, end)]);
    held = [chunk.subarray(end)];
    length = chunk.length - end;
  }
  if (length > 0) yield joined(held);
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function countOf(part: Uint8Array): number {
  let lines = 0;
  for (let at = part.indexOf(NEWLINE); at >= 0; at = part.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}
