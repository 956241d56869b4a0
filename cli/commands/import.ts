import { Presets, SingleBar } from 'cli-progress';
import { Option } from 'commander';
import { open } from 'node:fs/promises';
import type { ImportQuery, ImportSummary, RefusedLine } from '../../clients/typescript/src/index';
import type { Add, Context } from '../command';
import { EXIT, UsageError, type ExitCode } from '../exit';
import type { Output } from '../output';

interface Options {
  dryRun?: boolean;
  onConflict: NonNullable<ImportQuery['on_conflict']>;
}

/** So many refused lines are shown to people; programs get all. */
const MOST_SHOWN = 20;

export const addImport: Add = (program, does) => {
  program
    .command('import <inbox> <file>')
    .description('conversations from elsewhere: a file of NDJSON, or - for standard input')
    .option('--dry-run', 'only say what would be')
    .addOption(
      new Option('--on-conflict <what>', 'with a conversation that is known')
        .choices(['skip', 'refuse'])
        .default('skip'),
    )
    .addHelpText('after', '\nStopped anywhere, run it again: each conversation is imported once.')
    .action(does(importFile));
};

async function importFile(
  { client, output, io }: Context,
  inbox: string,
  file: string,
  { dryRun, onConflict }: Options,
): Promise<ExitCode> {
  const query: ImportQuery = { on_conflict: onConflict, ...(dryRun && { dry_run: true }) };
  const { bytes, size } = await opened(file);
  const bar = size === null || !io.terminal || output.isJson ? null : barAt(io.terminal, inbox, size);
  const summary: ImportSummary = { imported: 0, skipped: 0, refused: 0, due_at_once: 0 };
  const shown: RefusedLine[] = [];
  try {
    for await (const part of client.import(inbox, bytes, query, io.signal)) {
      bar?.increment(part.bytes);
      add(summary, part.summary);
      if (output.isJson) part.refused.forEach((line) => io.out(JSON.stringify(line)));
      else shown.push(...part.refused.slice(0, MOST_SHOWN - shown.length));
    }
  } catch (error) {
    const { imported, skipped } = summary;
    bar?.stop();
    if (imported + skipped > 0 && !output.isJson)
      io.err(`Stopped: ${imported} imported, ${skipped} known before. Run it again: it goes on from there.`);
    if (io.signal.aborted) return EXIT.failed;
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
  bar?.stop();
  output.result(summary, () => told(summary, shown, dryRun === true, output));
  return summary.refused > 0 ? EXIT.failed : EXIT.ok;
}

function add(sum: ImportSummary, part: ImportSummary): void {
  for (const name of Object.keys(sum) as (keyof ImportSummary)[]) sum[name] += part[name];
}

/** @throws UsageError where it cannot be read */
async function opened(file: string): Promise<{ bytes: AsyncIterable<Uint8Array>; size: number | null }> {
  if (file === '-') return { bytes: process.stdin, size: null };
  const handle = await open(file).catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  const found = await handle.stat();
  if (found.isFile()) return { bytes: handle.createReadStream(), size: found.size };
  await handle.close();
  throw new UsageError(`${file} is no file`);
}

function barAt(stream: NodeJS.WriteStream, inbox: string, size: number): SingleBar {
  const format = `${inbox.padEnd(10)} {bar} {percentage}% | {eta_formatted} left`;
  const bar = new SingleBar({ format, stream, hideCursor: true }, Presets.shades_classic);
  bar.start(size, 0);
  return bar;
}

function told(summary: ImportSummary, shown: RefusedLine[], isDry: boolean, { colors }: Output): string[] {
  const { imported, skipped, refused, due_at_once } = summary;
  const lines = shown.map(({ line, conversation, rule, errors }) => {
    const why = rule ?? errors?.map(({ path, message }) => `${path} ${message}`.trim()).join(', ');
    return `${colors.red(`line ${line}`)} ${[conversation, why].filter(Boolean).join(': ')}`;
  });
  if (refused > shown.length) lines.push(`and ${refused - shown.length} more; --json prints all`);
  const due = due_at_once > 0 ? `; of ${due_at_once} a timer is due at once` : '';
  const verb = isDry ? 'would be imported' : 'imported';
  return [...lines, `${imported} ${verb}, ${skipped} known before, ${refused} refused${due}`];
}
