import { z } from 'zod';
import { takenAmong } from '../../db/aliases';
import type { AccountDatabase } from '../../db/database';
import { addImported, knownAmong, rowsOf, type ImportRows } from '../../db/imports';
import { findInbox, type InboxRecord } from '../../db/inboxes';
import { imported } from '../../domain/import';
import { importLine, wrongTogether } from '../../domain/import-line';
import type { LineWriter } from '../core/line-writer';
import type { Line } from '../core/lines';
import { parse } from '../core/parsing';
import { InvalidRequestError, type FieldError } from '../core/problems';
import type { KnownAliases } from './known-aliases';
import { unknownInbox } from './known-inboxes';

/** Conversations that one statement adds, and the most bytes of their lines. */
const BATCH = { lines: 500, bytes: 2_000_000 };

export const asLine = (value: object) => `${JSON.stringify(value)}\n`;

/** A line that is right in itself. */
interface Taken {
  line: number;
  rows: ImportRows;
  /** when its timer is due */
  due_at: string | null;
}

interface Refused {
  line: number;
  conversation?: string;
  rule?: string;
  errors?: FieldError[];
}

/** A line, and what it came to under the inbox's settings as they were then. */
interface Checked {
  line: Line;
  under: InboxRecord;
  result: Taken | Refused;
}

interface ImportDeps {
  db: AccountDatabase;
  aliases: KnownAliases;
  query: { on_conflict: 'skip' | 'refuse'; dry_run: boolean };
  writer: LineWriter;
  stillAllowed: () => Promise<unknown>;
}

/** One import: checks the lines, writes them batch by batch, and tells of those that are refused in the order of the lines. */
export class ImportRun {
  readonly summary = { imported: 0, skipped: 0, refused: 0, due_at_once: 0 };
  /** the last that was read */
  line = 0;

  constructor(
    private readonly deps: ImportDeps,
    private inbox: InboxRecord,
  ) {}

  /** While a batch is written, the next one is read and checked. */
  async take(lines: AsyncIterable<Line>): Promise<void> {
    let batch: Checked[] = [];
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
      batch.push(this.checked(line));
      bytes += line.bytes;
      if (batch.length >= BATCH.lines || bytes >= BATCH.bytes) await flush();
    }
    await flush();
    await before;
  }

  private async write(batch: Checked[]): Promise<void> {
    if (batch.length === 0) return;
    await this.deps.stillAllowed();
    for (;;) {
      const results = batch.map((c) => (c.under === this.inbox ? c : this.checked(c.line)).result);
      const refused = results.filter((r) => !('rows' in r));
      const taken = await this.named(
        results.filter((r) => 'rows' in r),
        refused,
      );
      const known = await this.known(taken);
      if (known === null) {
        this.inbox = (await findInbox(this.deps.db, this.inbox.inbox)) ?? gone(this.inbox.inbox);
        continue;
      }
      this.count(taken, known, refused);
      await this.tell(refused);
      return;
    }
  }

  private checked(line: Line): Checked {
    return { line, under: this.inbox, result: { line: line.line, ...this.made(line) } };
  }

  private made(line: Line): Omit<Taken, 'line'> | Omit<Refused, 'line'> {
    if ('wrong' in line) return { errors: [{ path: '', message: line.wrong }] };
    if (isInFlow(line.value)) return { ...nameIn(line.value), rule: 'flow_elsewhere' };
    const now = Date.now();
    try {
      const parsed = parse(importLine, line.value);
      const errors = wrongTogether(parsed, now);
      if (errors.length > 0) return { ...nameIn(line.value), errors };
      const { inbox, settings, settings_version } = this.inbox;
      const made = imported(parsed, { inbox, settings, settings_version, now });
      return { rows: rowsOf(this.deps.db, inbox, made), due_at: made.row.next?.due_at ?? null };
    } catch (error) {
      if (error instanceof InvalidRequestError) return { ...nameIn(line.value), errors: error.parts.errors };
      throw error;
    }
  }

  /** The lines whose conversation was known before; null if the settings have changed, and nothing was done. */
  private async known(taken: Taken[]): Promise<Set<Taken> | null> {
    const first = new Map<string, Taken>();
    for (const t of taken) {
      if (!first.has(idOf(t))) first.set(idOf(t), t);
    }
    const ids = [...first.keys()];
    if (ids.length === 0) return new Set();
    const { inbox, deps } = this;
    const { db, query } = deps;
    // a conversation is known under its other names too
    const others = await deps.aliases.targets(db, inbox.inbox, ids);
    const isKnown = (t: Taken) => first.get(idOf(t)) !== t || others.has(idOf(t));
    if (query.dry_run) {
      const there = await knownAmong(db, inbox.inbox, ids);
      return new Set(taken.filter((t) => isKnown(t) || there.has(idOf(t))));
    }
    const all = [...first.values()].filter((t) => !isKnown(t)).map((t) => t.rows);
    const added = await addImported(db, inbox.inbox, inbox.settings_version, all);
    return added && new Set(taken.filter((t) => isKnown(t) || !added.has(idOf(t))));
  }

  /** Refuses the lines of new conversations with other names that lead elsewhere. @returns the others */
  private async named(taken: Taken[], refused: Refused[]): Promise<Taken[]> {
    const withNames = taken.filter((t) => t.rows.aliases.length > 0);
    if (withNames.length === 0) return taken;
    const { db } = this.deps;
    const { inbox } = this.inbox;
    const there = await knownAmong(db, inbox, withNames.map(idOf));
    const fresh = withNames.filter((t) => !there.has(idOf(t)));
    const gone = await takenAmong(
      db,
      inbox,
      fresh.flatMap((t) => t.rows.aliases),
    );
    for (const t of taken) gone.add(idOf(t));
    const wrong = new Set<Taken>();
    const seen = new Set<string>();
    for (const t of fresh) {
      if (seen.has(idOf(t))) continue; // the same conversation again
      seen.add(idOf(t));
      const errors = t.rows.aliases.flatMap((alias, i) =>
        gone.has(alias) ? [{ path: `aliases.${i}`, message: 'is the name of another conversation' }] : [],
      );
      if (errors.length > 0) {
        wrong.add(t);
        refused.push({ line: t.line, conversation: idOf(t), rule: 'alias_taken', errors });
      } else for (const alias of t.rows.aliases) gone.add(alias);
    }
    return taken.filter((t) => !wrong.has(t));
  }

  private count(taken: Taken[], known: Set<Taken>, refused: Refused[]): void {
    const { summary } = this;
    const { query } = this.deps;
    const refuses = query.on_conflict === 'refuse';
    const now = Date.now();
    for (const t of taken) {
      if (known.has(t)) {
        if (refuses) refused.push({ line: t.line, conversation: idOf(t), rule: 'conversation_known' });
        else summary.skipped += 1;
        continue;
      }
      summary.imported += 1;
      if (t.due_at !== null && Date.parse(t.due_at) <= now) summary.due_at_once += 1;
    }
    summary.refused += refused.length;
  }

  private async tell(refused: Refused[]): Promise<void> {
    if (refused.length === 0) return;
    const inOrder = refused.sort((a, b) => a.line - b.line);
    await this.deps.writer.write(inOrder.map(asLine).join(''));
  }
}

const idOf = ({ rows }: Taken) => rows.conversation;

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
