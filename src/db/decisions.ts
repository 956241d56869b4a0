import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Reason, Rule } from '../domain/decision';
import type { ConversationRecord } from '../domain/record';
import { shownColumns, toConversation } from './conversations';
import type { Database } from './database';
import type { Listener } from './listener';
import { rowTypes } from './rows';
import { PostgresUnavailableError } from './unavailable';

/** An event of one conversation, by the caller's id. */
export interface EventName {
  account: string;
  inbox: string;
  conversation: string;
  event: string;
}

/** A written decision: the event as it was sent, what was made of it, and the conversation right after. */
export interface Decided {
  type: string;
  /** the event's own fields */
  data: Record<string, unknown>;
  verdict: 'applied' | 'ignored' | 'refused';
  reason: Reason | null;
  rule: Rule | null;
  conversation: ConversationRecord;
}

/** A decision, and when it was made. */
export type Recalled = Pick<Decided, 'verdict' | 'reason' | 'rule' | 'conversation'> & { at: string };

interface RecalledRow extends Omit<Recalled, 'conversation'> {
  /** null if its timeline is gone */
  record: ConversationRecord | null;
}

interface FoundRow extends Omit<Decided, 'conversation'>, Omit<ConversationRecord, 'conversation'> {
  nth: number;
  /** null where more has been decided since: the row has moved on */
  conversation: string | null;
}

interface Question {
  name: EventName;
  answer: (decided: Decided | null) => void;
  fail: (error: unknown) => void;
}

interface Waiter {
  name: EventName;
  done: (decided: Decided | null) => void;
}

const CHANNEL = 'decided';
const MOST_AT_ONCE = 200;
const SAFETY_POLL_MS = 500;

export const FIND = `
SELECT q.nth::int, t.type, t.data, t.verdict, t.reason, t.rule, ${shownColumns('c')}
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
  AS q(account, inbox, conversation, event, nth)
CROSS JOIN LATERAL (
  SELECT * FROM timeline t
  WHERE (t.account, t.inbox, t.conversation, t.event) = (q.account, q.inbox, q.conversation, q.event) LIMIT 1
) t
LEFT JOIN LATERAL (
  SELECT * FROM conversations c
  WHERE (c.account, c.inbox, c.conversation) = (q.account, q.inbox, q.conversation) AND c.seq = t.seq LIMIT 1
) c ON true`;

/** Of equal keys the later one counts: changes folded in order are the record as it was. */
const RECALL = `
SELECT d.at, d.verdict, d.reason, d.rule, (
  SELECT jsonb_object_agg(change.key, change.value ORDER BY t.seq)
  FROM timeline t, jsonb_each(t.changes) change
  WHERE (t.account, t.inbox, t.conversation) = (d.account, d.inbox, d.conversation) AND t.seq <= d.seq
) AS record
FROM timeline d WHERE d.account = $1 AND d.inbox = $2 AND d.conversation = $3 AND d.event = $4`;

/** One event's decision, by itself. */
export async function recallDecision(pool: Pool, name: EventName): Promise<Recalled | null> {
  const statement = { ...recallStatement(name), types: rowTypes };
  const [row] = (await pool.query<RecalledRow>(statement)).rows;
  if (!row?.record) return null;
  const { record, ...decision } = row;
  return { ...decision, conversation: toConversation(record) };
}

function recallStatement({ account, inbox, conversation, event }: EventName) {
  return { name: 'recall_decision', text: RECALL, values: [account, inbox, conversation, event] };
}

/**
 * The written decisions of events, found and waited for. Whoever asks at about the same time shares one statement, and
 * waiting costs nothing: the write itself announces what it decided.
 */
export class Decisions {
  private questions: Question[] = [];
  private asking = false;
  private readonly waiting = new Map<string, Set<Waiter>>();
  private poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly listener: Listener,
    private readonly database: Database,
  ) {
    listener.on(CHANNEL, (tokens) => this.heard(tokens.split(',')));
    listener.onBack(() => this.heard([...this.waiting.keys()]));
    listener.onAway(() => this.giveUp());
  }

  /**
   * What was made of an event, however long ago; null where it is not known.
   * @throws PostgresUnavailableError
   */
  find(name: EventName): Promise<Decided | null> {
    return new Promise((answer, fail) => {
      this.questions.push({ name, answer, fail });
      if (this.asking) return;
      this.asking = true;
      setImmediate(() => void this.askAll());
    });
  }

  /**
   * The event's decision once it is written; null when that takes longer than `limitMs`, or PostgreSQL goes away meanwhile.
   * Never rejects. Call it before the event is sent: what was announced earlier is not heard.
   */
  waitFor(name: EventName, limitMs: number): { decided: Promise<Decided | null>; cancel: () => void } {
    const token = tokenOf(name);
    let done: Waiter['done'] = () => {};
    const decided = new Promise<Decided | null>((resolve) => {
      const timer = setTimeout(() => done(null), limitMs);
      const waiter: Waiter = { name, done: (value) => done(value) };
      done = (value) => {
        clearTimeout(timer);
        this.forget(token, waiter);
        resolve(value);
      };
      this.remember(token, waiter);
    });
    if (this.listener.away) done(null);
    return { decided, cancel: () => done(null) };
  }

  /** Everybody who waits is told that there is no answer yet. */
  giveUp(): void {
    for (const waiters of [...this.waiting.values()]) for (const waiter of [...waiters]) waiter.done(null);
  }

  private remember(token: string, waiter: Waiter): void {
    const waiters = this.waiting.get(token);
    if (waiters) waiters.add(waiter);
    else this.waiting.set(token, new Set([waiter]));
    this.poll ??= setInterval(() => this.heard([...this.waiting.keys()]), SAFETY_POLL_MS);
  }

  private forget(token: string, waiter: Waiter): void {
    const waiters = this.waiting.get(token);
    if (!waiters?.delete(waiter) || waiters.size > 0) return;
    this.waiting.delete(token);
    if (this.waiting.size > 0) return;
    clearInterval(this.poll);
    this.poll = undefined;
  }

  private heard(tokens: string[]): void {
    for (const token of tokens) for (const waiter of this.waiting.get(token) ?? []) void this.look(waiter);
  }

  private async look(waiter: Waiter): Promise<void> {
    try {
      const decided = await this.find(waiter.name);
      if (decided) waiter.done(decided);
    } catch {
      // away: the listener tells everybody; for a moment only: the next poll looks again
    }
  }

  private async askAll(): Promise<void> {
    while (this.questions.length > 0) await this.ask(this.questions.splice(0, MOST_AT_ONCE));
    this.asking = false;
  }

  private async ask(questions: Question[]): Promise<void> {
    const column = (field: keyof EventName) => questions.map(({ name }) => name[field]);
    const values = [column('account'), column('inbox'), column('conversation'), column('event')];
    try {
      const statement = { name: 'find_decisions', text: FIND, values };
      const rows = await (this.listener.connected
        ? this.listener.query<FoundRow>(statement)
        : this.database.query<FoundRow>(statement));
      const found = new Map(rows.map((row) => [row.nth, row]));
      questions.forEach((question, i) => this.reply(question, found.get(i + 1)));
    } catch (error) {
      for (const { fail } of questions) fail(error);
    }
  }

  private reply({ name, answer, fail }: Question, row: FoundRow | undefined): void {
    if (!row) return answer(null);
    const { type, data, verdict, reason, rule } = row;
    const tell = (record: ConversationRecord) =>
      answer({ type, data, verdict, reason, rule, conversation: toConversation(record) });
    if (row.conversation !== null) tell({ ...row, conversation: row.conversation });
    else this.asItWas(name).then(tell, fail);
  }

  private async asItWas(name: EventName): Promise<ConversationRecord> {
    const [row] = await this.database.query<RecalledRow>(recallStatement(name));
    if (!row?.record) throw new PostgresUnavailableError('its timeline went away while it was read');
    return row.record;
  }
}

/** What a write calls an event when it announces it: see the `decided` channel. */
function tokenOf({ account, inbox, conversation, event }: EventName): string {
  return createHash('md5').update(`${account}/${inbox}/${conversation}/${event}`).digest('hex').slice(0, 12);
}
