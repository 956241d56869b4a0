import type { Status } from '../domain/conversation';

/** Which conversations of an inbox. What is absent or null does not matter. */
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

/** A filter that an index of its own answers, so that going by status and time would only get in its way. */
export function isSelective({ unread, snoozed, agent, team, tag }: Filters): boolean {
  return unread === true || snoozed === true || [agent, team, tag].some((name) => name !== undefined);
}

/** The conditions on `conversations c` for status and archived, where a statement does not go by these itself. */
export function stretchOf({ status, archived }: Filters, values: Values): string[] {
  return [
    ...(status ? [`c.status = ANY (${values.add(status)})`] : []),
    ...(archived === null ? [] : [archived ? 'c.archived' : 'NOT c.archived']),
  ];
}

/** The conditions on `conversations c`, besides those on status and archived. */
export function conditionsOf({ unread, snoozed, agent, team, tag }: Filters, values: Values): string[] {
  const conditions: string[] = [];
  if (unread !== undefined) conditions.push(unread ? 'c.unread' : 'NOT c.unread');
  if (snoozed !== undefined) conditions.push(`c.snoozed_until IS ${snoozed ? 'NOT NULL' : 'NULL'}`);
  if (agent !== undefined) conditions.push(`c.assignee ->> 'agent' = ${values.add(agent)}`);
  if (team !== undefined) conditions.push(`c.assignee ->> 'team' = ${values.add(team)}`);
  if (tag !== undefined) {
    // the first part says what the partial index says
    conditions.push(`c.tags <> '[]' AND c.tags @> ${values.add(JSON.stringify([{ name: tag }]))}::jsonb`);
  }
  return conditions;
}
