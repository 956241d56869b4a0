import { STATUSES, type Status } from '../domain/conversation';
import type { ConversationRecord } from '../domain/record';

/** Selects conversations of an inbox. Absent and null fields do not filter. */
export interface Filters {
  status?: readonly Status[];
  archived: boolean | null;
  unread?: boolean;
  snoozed?: boolean;
  blocked?: boolean;
  waiting_on?: ConversationRecord['waiting_on'];
  /** whether the channel lets the business write freely */
  window?: 'open' | 'closed';
  /** {@link NOBODY}: nobody */
  agent?: string;
  team?: string;
  tag?: string;
}

/** How a filter names that no agent is assigned. */
const NOBODY = 'none';

/** The values of a statement, and the place of each in its text. */
export class Values {
  readonly all: unknown[] = [];

  /** @returns its placeholder, `$n` */
  add(value: unknown): string {
    return `$${this.all.push(value)}`;
  }
}

type Conditions = {
  [F in keyof Filters]-?: (value: NonNullable<Filters[F]>, values: Values) => string;
};

const is = (column: string) => (value: boolean) => (value ? column : `NOT ${column}`);
const equals = (column: string) => (value: string, values: Values) => `${column} = ${values.add(value)}`;

/** In which statuses each is waited for; in work it also counts whether the customer waits. See `waitingOn` in the domain. */
const WAITED_ON_IN = {
  agent: ['new', 'in_progress'],
  customer: ['new', 'in_progress'],
  bot: ['in_flow'],
  survey: ['resolved'],
  nobody: ['not_contacted', 'closed'],
} satisfies Record<NonNullable<Filters['waiting_on']>, Status[]>;

/** The statuses that the filters leave. */
export function statusesIn({ status = STATUSES, waiting_on }: Partial<Filters>): Status[] {
  const within: readonly Status[] = waiting_on === undefined ? STATUSES : WAITED_ON_IN[waiting_on];
  return status.filter((s) => within.includes(s));
}

/**
 * Whether the customer's window is open. If the channel has no window, the business may always write. $1, $2:
 * the inbox.
 */
export const WINDOW_OPEN = `(coalesce(k.window_closes_at > now(), false) OR EXISTS (
  SELECT FROM inboxes i WHERE i.account = $1 AND i.inbox = $2 AND i.settings ->> 'customer_window_seconds' IS NULL))`;

/** The part of `waiting_on` that {@link statusesIn} does not say. */
export function waitsInWork(who: Filters['waiting_on']): string {
  if (who === 'agent') return 'k.waiting';
  return who === 'customer' ? 'NOT k.waiting' : 'true';
}

/** Each on `k`, which may be a row of any table that has these columns: see {@link keysOf}, and `counts.ts`. */
const CONDITIONS: Conditions = {
  status: (statuses, values) => `k.status = ANY (${values.add(statuses)}::text[])`,
  archived: is('k.archived'),
  unread: is('k.unread'),
  snoozed: is('k.snoozed'),
  blocked: is('k.blocked'),
  waiting_on: (who, values) =>
    `k.status = ANY (${values.add(WAITED_ON_IN[who])}::text[]) AND ${waitsInWork(who)}`,
  window: (state) => (state === 'open' ? WINDOW_OPEN : `NOT ${WINDOW_OPEN}`),
  agent: (name, values) => (name === NOBODY ? 'k.agent IS NULL' : equals('k.agent')(name, values)),
  team: equals('k.team'),
  tag: equals('k.tag'),
};

/** The conditions on `k`, joined by AND after the first: whose conversations. */
export function conditionsOf(
  filters: Partial<Filters>,
  { account, inbox }: { account: string; inbox: string },
  values: Values,
): string {
  const mine = `k.account = ${values.add(account)} AND k.inbox = ${values.add(inbox)}`;
  const asked = (Object.keys(CONDITIONS) as (keyof Filters)[]).flatMap((name) => {
    const value = filters[name] ?? null;
    return value === null
      ? []
      : (CONDITIONS[name] as (value: unknown, values: Values) => string)(value, values);
  });
  return [mine, ...asked].join(' AND ');
}

/** The table whose rows say which conversations there are: with a tag each has a row there, found by the tag's own index. */
export const keysOf = ({ tag }: Partial<Filters>) =>
  tag === undefined ? 'conversations' : 'conversation_tags';

export function hasIndexOfItsOwn(filters: Partial<Filters>): boolean {
  const { unread, snoozed, blocked, agent, team, tag } = filters;
  const named = [agent === NOBODY ? undefined : agent, team, tag].some((name) => name !== undefined);
  return unread === true || snoozed === true || blocked === true || named;
}
