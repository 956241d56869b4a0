import type { Status } from '../domain/conversation';

/** Selects conversations of an inbox. Absent and null fields do not filter. */
export interface Filters {
  status?: readonly Status[];
  archived: boolean | null;
  unread?: boolean;
  snoozed?: boolean;
  agent?: string;
  team?: string;
  tag?: string;
}

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

/** Each on `k`, which may be a row of any table that has these columns: see {@link keysOf}, and `counts.ts`. */
const CONDITIONS: Conditions = {
  status: (statuses, values) => `k.status = ANY (${values.add(statuses)}::text[])`,
  archived: is('k.archived'),
  unread: is('k.unread'),
  snoozed: is('k.snoozed'),
  agent: equals('k.agent'),
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

export function hasIndexOfItsOwn({ unread, snoozed, agent, team, tag }: Partial<Filters>): boolean {
  return unread === true || snoozed === true || [agent, team, tag].some((name) => name !== undefined);
}
