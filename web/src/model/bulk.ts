import { signal } from '@preact/signals';
import type { BulkQuestion, BulkResults } from '../../../clients/typescript/src/index.ts';
import type { Filters } from './filters.ts';
import { client } from './session.ts';

/** Whether the form for all that match is open. */
export const isActingOnAll = signal(false);

/** The conversations that are ticked in the list. None: all that match. */
export const ticked = signal<ReadonlySet<string>>(new Set());

export function tick(id: string, isOn: boolean): void {
  const others = [...ticked.value].filter((one) => one !== id);
  ticked.value = new Set(isOn ? [...others, id] : others);
}

type Filter = NonNullable<BulkQuestion['filter']>;
export type Job = BulkResults;

const PATH = '/v1/inboxes/{inbox}/bulk';

/** The page's filters as a job takes them. */
export const filterOf = ({ archived, ...others }: Filters): Filter => ({
  ...others,
  archived: archived === 'any' ? archived : archived === 'true',
});

export async function countOf(inbox: string, filters: Filters): Promise<number> {
  const body = { event: { type: 'mark_read' as const }, filter: filterOf(filters), dry_run: true };
  const answer = await client.value.POST(PATH, { params: { path: { inbox } }, body });
  return answer.count;
}

/** The same request sent again is the same job. @returns its id */
export async function start(inbox: string, body: BulkQuestion): Promise<string> {
  const params = { path: { inbox }, header: { 'Idempotency-Key': crypto.randomUUID() } };
  const answer = await client.value.POST(PATH, { params, body });
  return 'job' in answer ? answer.job : '';
}

/** How far it is, and those that it was refused. */
export function read(inbox: string, job: string): Promise<Job> {
  const query = { result: 'refused' as const };
  return client.value.GET(`${PATH}/{job}`, { params: { path: { inbox, job }, query } });
}

export function abort(inbox: string, job: string): Promise<unknown> {
  return client.value.DELETE(`${PATH}/{job}`, { params: { path: { inbox, job } } });
}
