import type { paths } from '../../../clients/typescript/src/index.ts';
import { client } from './session.ts';

type Operation = paths['/v1/inboxes/{inbox}/reports']['get'];
type Query = Operation['parameters']['query'];
export type Report = Operation['responses'][200]['content']['application/json'];
export type Group = Report['items'][number];

/** `from` and `to` in epoch milliseconds. */
export type Asked = Omit<Query, 'from' | 'to' | 'time_zone'> & { from: number; to: number };

/** Where this browser is: days and hours are its own. */
export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const paramsOf = (inbox: string, { from, to, ...asked }: Asked) => {
  const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return { path: { inbox }, query: { ...asked, ...period, time_zone: timeZone() } };
};

/** A report in the browser's time zone. */
export function readReport(inbox: string, asked: Asked, signal: AbortSignal): Promise<Report> {
  return client.value.GET('/v1/inboxes/{inbox}/reports', { params: paramsOf(inbox, asked), signal });
}

/** The same as a table, a row for each group. */
export async function csvOf(inbox: string, asked: Asked): Promise<Blob> {
  const params = paramsOf(inbox, asked);
  const headers = { Accept: 'text/csv' };
  const text: unknown = await client.value.GET('/v1/inboxes/{inbox}/reports', {
    ...{ params, headers, parseAs: 'text' },
  });
  return new Blob([String(text)], { type: 'text/csv' });
}
