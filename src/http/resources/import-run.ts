import { z } from 'zod';
import { takenAmong } from '../../db/aliases';
import type { AccountDatabase } from '../../db/database';
import { addImported, knownAmong } from '../../db/imports';
import { findInbox, type InboxRecord } from '../../db/inboxes';
import { imported, type Imported } from '../../domain/import';
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
    await this.deps.stillAllowed();
    for (;;) {
      const now = Date.now();
      const refused: Refused[] = [];
      const taken = await this.named(this.read(lines, now, refused), refused);
      const known = await this.known(taken);
      if (known === null) {
        this.inbox = (await findInbox(this.deps.db, this.inbox.inbox)) ?? gone(this.inbox.inbox);
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
    const { inbox, deps } = this;
    const { db, query } = deps;
    // a conversation is known under its other names too
    const others = await deps.aliases.targets(db, inbox.inbox, ids);
    const isKnown = (t: Taken) => first.get(idOf(t)) !== t || others.has(idOf(t));
    if (query.dry_run) {
      const there = await knownAmong(db, inbox.inbox, ids);
      return new Set(taken.filter((t) => isKnown(t) || there.has(idOf(t))));
    }
    const all = [...first.values()].filter((t) => !isKnown(t)).map((t) => t.conversation);
    const added = await addImported(db, inbox.inbox, inbox.settings_version, all);
    return added && new Set(taken.filter((t) => isKnown(t) || !added.has(idOf(t))));
  }

  /** Refuses the lines of new conversations with other names that lead elsewhere. @returns the others */
  private async named(taken: Taken[], refused: Refused[]): Promise<Taken[]> {
    const withNames = taken.filter((t) => t.conversation.aliases.length > 0);
    if (withNames.length === 0) return taken;
    const { db } = this.deps;
    const { inbox } = this.inbox;
    const there = await knownAmong(db, inbox, withNames.map(idOf));
    const fresh = withNames.filter((t) => !there.has(idOf(t)));
    const gone = await takenAmong(
      db,
      inbox,
      fresh.flatMap((t) => t.conversation.aliases),
    );
    for (const t of taken) gone.add(idOf(t));
    const wrong = new Set<Taken>();
    const seen = new Set<string>();
    for (const t of fresh) {
      if (seen.has(idOf(t))) continue; // the same conversation again
      seen.add(idOf(t));
      const errors = t.conversation.aliases.flatMap((alias, i) =>
        gone.has(alias) ? [{ path: `aliases.${i}`, message: 'is the name of another conversation' }] : [],
      );
      if (errors.length > 0) {
        wrong.add(t);
        refused.push({ line: t.line, conversation: idOf(t), rule: 'alias_taken', errors });
      } else for (const alias of t.conversation.aliases) gone.add(alias);
    }
    return taken.filter((t) => !wrong.has(t));
  }

  private count(taken: Taken[], known: Set<Taken>, refused: Refused[], now: number): void {
    const { summary } = this;
    const { query } = this.deps;
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
    await this.deps.writer.write(inOrder.map(asLine).join(''));
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
