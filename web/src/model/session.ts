import { computed, signal } from '@preact/signals';
import { Client, ProblemError } from '../../../clients/typescript/src/index.ts';
import { heard } from './clock.ts';

const KEY = 'api-key';
const AGENT = 'agent';

/** The key stays in this tab, and goes when the tab is closed. */
export const key = signal(sessionStorage.getItem(KEY) ?? '');
/** In whose name this tab acts. */
export const agent = signal(sessionStorage.getItem(AGENT) ?? '');
/** Why the page asks for a key again. */
export const signedOutBecause = signal('');

/** A page tries little: it asks again by itself a moment later, and says that it was cut off. */
const PATIENCE_MS = 2_000;

export const client = computed(
  () =>
    new Client({
      url: location.origin,
      key: key.value,
      patience_ms: PATIENCE_MS,
      fetch: async (input, init) => {
        const asked = Date.now();
        const answer = await fetch(input, init);
        heard(answer.headers.get('date'), asked);
        return answer;
      },
    }),
);

export function signIn(given: string): void {
  sessionStorage.setItem(KEY, given);
  signedOutBecause.value = '';
  key.value = given;
}

export function signOut(because = ''): void {
  sessionStorage.removeItem(KEY);
  signedOutBecause.value = because;
  key.value = '';
}

export function actAs(name: string): void {
  sessionStorage.setItem(AGENT, name);
  agent.value = name;
}

/** What went wrong, for people. A key that is no longer known signs out. */
export function said(error: unknown): string {
  if (error instanceof ProblemError) {
    if (error.status === 401) signOut('The key is unknown, revoked or expired. Sign in with another one.');
    return error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
