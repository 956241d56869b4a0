import { z } from 'zod';
import { addImported, knownAmong } from '../../db/imports';
import { findInbox, type InboxRecord } from '../../db/inboxes';
import type { AccountDatabase } from '../../db/database';
import { imported, type Imported } from '../../domain/import';
import { importLine, wrongTogether } from '../../domain/import-line';
import { LineWriter } from '../core/line-writer';
import { linesOf, type Line } from '../core/lines';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { parse } from '../core/parsing';
import { InvalidRequestError, ProblemError, type FieldError } from '../core/problems';
import { flag, inboxParams } from '../core/shapes';
import { unknownInbox } from './known-inboxes';

/** Conversations that one statement adds, and the most bytes of their lines. */
const BATCH = { lines: 500, bytes: 2_000_000 };

const importQuery = z.strictObject({
  on_conflict: z
    .enum(['skip', 'refuse'])
    .default('skip')
    .describe(
      'What becomes of a conversation that is known: it is left alone, and counted as skipped or refused',
    ),
  dry_run: flag.default(false).describe('Only says what would be'),
});

export const importedLine = named('ImportedConversation', importLine, {
  description: 'A conversation of another service, or of an export. Absent and null: not known.',
});

const refusedLine = z.strictObject({
  line: z.int(),
  conversation: z.string().optional(),
  rule: z.string().optional(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
});
const importSummary = z.strictObject({
  imported: z.int(),
  skipped: z.int(),
  refused: z.int(),
  due_at_once: z.int().describe('Of those imported: whose timer has been due before'),
});
const importAnswer = named('ImportResult', z.union([refusedLine, importSummary]), {
  description: 'A line for each that was refused, and at the end a summary',
});

const EXAMPLE = {
  conversation: 'c_1',
  status: 'in_progress',
  assignee: { team: null, agent: 'ana' },
  last_agent_reply_at: '2026-03-01T09:30:00Z',
};

export function importOperations(): Operation[] {
  return [
    operation({
      name: 'import_conversations',
      tag: 'Import and export',
      method: 'post',
      path: '/v1/inboxes/:inbox/import',
      summary: 'Conversations from elsewhere, a line of JSON each, in any number',
      description:
        'Each line is checked by itself. Nobody is told of it by effects, and the timers go on from the times given. Read the answer while you send. Stopped anywhere, send it all again: each is imported once.',
      scope: 'inboxes:write',
      params: inboxParams,
      query: importQuery,
      shownBody: importedLine,
      takes: 'application/x-ndjson',
      examples: { one: EXAMPLE },
      answers: { 200: importAnswer },
      streams: 'application/x-ndjson',
      async handle({ db, params, query, response, stillAllowed }) {
        const inbox = await findInbox(db, params.inbox);
        if (!inbox) throw unknownInbox(params.inbox);
        const writer = new LineWriter(response);
        const run = new ImportRun(db, inbox, query, writer, stillAllowed);
        try {
          await run.take(linesOf(response.req));
        } catch (error) {
          if (response.destroyed) return null; // the sender went away
          response.once('finish', () => response.req.destroy()); // what is left of the body is of no use
          if (!response.headersSent) throw error;
          if (!(error instanceof ProblemError)) throw error;
          const errors = [{ path: '', message: error.message }];
          await writer.write(asLine({ line: run.line + 1, rule: error.code, errors }));
          writer.end(); // without a summary: it was not all
          return null;
        }
        await writer.write(asLine(run.summary));
        writer.end();
        return null;
      },
    }),
  ];
}

const asLine = (value: object) => `${JSON.stringify(value)}\n`;

interface Taken {
  line: number;
  conversation: Imported;
}

interface Refused {
  line: number;
  conversation?: string;
  rule?: string;
  errors?: FieldError[];
}

/** One import: checks the lines, writes them batch by batch, and tells of those that are refused in the order of the lines. */
class ImportRun {
  readonly summary = { imported: 0, skipped: 0, refused: 0, due_at_once: 0 };
  /** the last that was read */
  line = 0;

  constructor(
    private readonly db: AccountDatabase,
    private inbox: InboxRecord,
    private readonly query: z.output<typeof importQuery>,
    private readonly writer: LineWriter,
    private readonly stillAllowed: () => Promise<unknown>,
  ) {}

  /** While a batch is written, the next one is read. */
  async take(lines: AsyncIterable<Line>): Promise<void> {
    let batch: Line[] = [];
    let bytes = 0;
    let before: Promise<void> = Promise.resolve();
    const flush = async () => {
      const now = batch;
      [batch, bytes] = [[], 0];
      await before;
      before = this.write(now);
      before.catch(() => {}); // the next flush, or the end, waits for it and throws its error
    };
    for await (const line of lines) {
      this.line = line.line;
      batch.push(line);
      bytes += line.bytes;
      if (batch.length >= BATCH.lines || bytes >= BATCH.bytes) await flush();
    }
    await flush();
    await before;
  }

  private async write(lines: Line[]): Promise<void> {
    if (lines.length === 0) return;
    await this.stillAllowed();
    for (;;) {
      const now = Date.now();
      const refused: Refused[] = [];
      const taken = this.read(lines, now, refused);
      const known = await this.known(taken);
      if (known === null) {
        this.inbox = (await findInbox(this.db, this.inbox.inbox)) ?? gone(this.inbox.inbox);
        continue;
      }
      this.count(taken, known, refused, now);
      await this.tell(refused);
      return;
    }
  }

  private read(lines: Line[], now: number, refused: Refused[]): Taken[] {
    const taken: Taken[] = [];
    for (const line of lines) {
      const made = this.made(line, now);
      if ('row' in made) taken.push({ line: line.line, conversation: made });
      else refused.push({ line: line.line, ...made });
    }
    return taken;
  }

  private made(line: Line, now: number): Imported | Omit<Refused, 'line'> {
    if ('wrong' in line) return { errors: [{ path: '', message: line.wrong }] };
    const named = nameIn(line.value);
    if (isInFlow(line.value)) return { ...named, rule: 'flow_elsewhere' };
    try {
      const parsed = parse(importLine, line.value);
      const errors = wrongTogether(parsed, now);
      if (errors.length > 0) return { ...named, errors };
      return imported(parsed, { ...this.inbox, now });
    } catch (error) {
      if (error instanceof InvalidRequestError) return { ...named, errors: error.parts.errors };
      throw error;
    }
  }

  /** The lines whose conversation was known before; null if the settings have changed, and nothing was done. */
  private async known(taken: Taken[]): Promise<Set<Taken> | null> {
    const first = new Map<string, Taken>();
    for (const t of taken) {
      const id = t.conversation.row.conversation;
      if (!first.has(id)) first.set(id, t);
    }
    const ids = [...first.keys()];
    if (ids.length === 0) return new Set();
    const { db, inbox, query } = this;
    if (query.dry_run) {
      const there = await knownAmong(db, inbox.inbox, ids);
      return new Set(taken.filter((t) => first.get(idOf(t)) !== t || there.has(idOf(t))));
    }
    const all = [...first.values()].map((t) => t.conversation);
    const added = await addImported(db, inbox.inbox, inbox.settings_version, all);
    return added && new Set(taken.filter((t) => first.get(idOf(t)) !== t || !added.has(idOf(t))));
  }

  private count(taken: Taken[], known: Set<Taken>, refused: Refused[], now: number): void {
    const { summary, query } = this;
    const refuses = query.on_conflict === 'refuse';
    for (const t of taken) {
      if (known.has(t)) {
        if (refuses) refused.push({ line: t.line, conversation: idOf(t), rule: 'conversation_known' });
        else summary.skipped += 1;
        continue;
      }
      const { next } = t.conversation.row;
      summary.imported += 1;
      if (next && Date.parse(next.due_at) <= now) summary.due_at_once += 1;
    }
    summary.refused += refused.length;
  }

  private async tell(refused: Refused[]): Promise<void> {
    if (refused.length === 0) return;
    const inOrder = refused.sort((a, b) => a.line - b.line);
    await this.writer.write(inOrder.map(asLine).join(''));
  }
}

const idOf = ({ conversation }: Taken) => conversation.row.conversation;

function gone(inbox: string): never {
  throw unknownInbox(inbox);
}

/** For the answer, the name that a line gives even if other parts of it are wrong. */
function nameIn(value: unknown): { conversation?: string } {
  const parsed = z.object({ conversation: z.string().max(64) }).safeParse(value);
  return parsed.success ? { conversation: parsed.data.conversation } : {};
}

/** A flow's engine is elsewhere: the flow must end there, or the conversation come as `new`. */
function isInFlow(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'status' in value && value.status === 'in_flow';
}
