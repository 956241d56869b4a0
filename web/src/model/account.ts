import { signal } from '@preact/signals';
import { ProblemError } from '../../../clients/typescript/src/index.ts';
import { client, said } from './session.ts';

/** What the key shows and allows. */
export const inboxes = signal<string[] | null>(null);
export const mayAct = signal(false);
export const trouble = signal('');

export async function readAccount(): Promise<void> {
  try {
    const names: string[] = [];
    for await (const { inbox } of client.value.items('/v1/inboxes', { params: {} })) names.push(inbox);
    trouble.value = '';
    inboxes.value = names;
  } catch (error) {
    trouble.value = said(error);
  }
}

/** An empty batch of events does nothing, and is refused to a key that may send none. */
export async function readRights(inbox: string): Promise<void> {
  try {
    await client.value.POST('/v1/inboxes/{inbox}/events', { params: { path: { inbox } }, body: [] });
    mayAct.value = true;
  } catch (error) {
    mayAct.value = false;
    if (!(error instanceof ProblemError && error.status === 403)) said(error);
  }
}
