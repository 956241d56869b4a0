import { computed, signal } from '@preact/signals';
import { client, key, said } from './session.ts';

/** Whose the key is and what it allows, and where Temporal is: `/ops/session`. */
interface Session {
  account: string;
  scopes: string[];
  temporal: { ui: string | null; namespace: string };
}

export const session = signal<Session | null>(null);
export const inboxes = signal<string[] | null>(null);
export const trouble = signal('');
export const may = (scope: string) => session.value?.scopes.includes(scope) ?? false;
export const mayAct = computed(() => may('events:write'));

export async function readAccount(): Promise<void> {
  try {
    const names: string[] = [];
    for await (const { inbox } of client.value.items('/v1/inboxes', { params: {} })) names.push(inbox);
    const answer = await fetch('/ops/session', { headers: { authorization: `Bearer ${key.value}` } });
    if (!answer.ok) throw new Error(`The page's session cannot be read: ${answer.status}`);
    session.value = (await answer.json()) as Session;
    trouble.value = '';
    inboxes.value = names;
  } catch (error) {
    trouble.value = said(error);
  }
}
