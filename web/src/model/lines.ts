import type { Event } from '../../../clients/typescript/src/index.ts';
import { session } from './account.ts';

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export const workflowId = (inbox: string, id: string) =>
  `conversation/${session.value?.account ?? 'default'}/${inbox}/${id}`;

/** The same by HTTP. The key is not in it: lines are passed on. */
export function curlLine(inbox: string, id: string, event: Event): string {
  const path = `/v1/inboxes/${encodeURIComponent(inbox)}/conversations/${encodeURIComponent(id)}/events`;
  const body = JSON.stringify({ id: event.id ?? 'a-new-id', ...event });
  return [
    `curl -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json'`,
    quoted(location.origin + path),
    `-d ${quoted(body)}`,
  ].join(' ');
}

/** The same with Temporal's command line. */
export function temporalLine(inbox: string, id: string, event: Event): string {
  const input = JSON.stringify({ id: event.id ?? 'a-new-id', ...event });
  const namespace = session.value?.temporal.namespace ?? 'default';
  return `temporal workflow signal --namespace ${quoted(namespace)} --workflow-id ${quoted(workflowId(inbox, id))} --name ${event.type} --input ${quoted(input)}`;
}

/** @returns null where nobody has told the service where Temporal's UI is */
export function temporalHome(): string | null {
  const { ui, namespace } = session.value?.temporal ?? { ui: null, namespace: 'default' };
  if (ui === null) return null;
  return `${ui.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}

export function temporalPage(inbox: string, id: string): string | null {
  const home = temporalHome();
  return home && `${home}/${encodeURIComponent(workflowId(inbox, id))}`;
}
