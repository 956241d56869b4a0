import type { Due, Outcome, Recipient } from '../db/delivering';
import { deliveryId } from '../db/deliveries';
import { attempts, attemptSeconds } from '../metrics/deliveries';
import type { Answered, Poster } from './post';
import { nextTry, retryAfter } from './schedule';
import type { Sender } from './sender';
import { signedHeaders } from './signature';

/** What came of one try. */
export interface Tried {
  outcome: Outcome;
  /** what this says of the recipient; `gone`: it wants nothing any more */
  recipient: 'ok' | 'failed' | 'unknown' | 'gone';
  /** nothing is sent to this recipient before */
  hold_until?: number;
}

const GONE = 410;

/** @returns null if it was cut off: it is then tried again as if it had not been tried */
export async function attemptPost(
  poster: Poster,
  { webhook, url }: Recipient,
  due: Due,
  secrets: readonly string[],
  clock: () => number,
): Promise<Tried | null> {
  const began = performance.now();
  const at = clock();
  const headers = signedHeaders(deliveryId(webhook, due.nth), due.body, secrets, at);
  const answered = await poster.post(url, due.body, headers);
  if (!answered) return null;
  const { status, answer, error } = answered;
  const consequence = consequenceOf(due, answered, at, clock());
  const attempt = { at, status, answer, error, began };
  const failed = status === GONE ? 'gone' : 'failed';
  return {
    outcome: outcomeOf(due, consequence, attempt),
    recipient: consequence.state === 'delivered' ? 'ok' : failed,
  };
}

/** @returns null if it was cut off */
export async function attemptSend(
  sender: Sender,
  recipient: Recipient,
  due: Due,
  now: number,
  cut: AbortSignal,
): Promise<Tried | null> {
  const began = performance.now();
  const sent = await sender.send(recipient, due, now, cut);
  if (!sent) return null;
  const { status, answer, error, recipient: is, hold_until } = sent;
  return {
    outcome: outcomeOf(due, sent, { at: now, status, answer, error, began }),
    recipient: is,
    hold_until,
  };
}

function outcomeOf(
  { nth }: Due,
  { state, due_at }: Pick<Outcome, 'state' | 'due_at'>,
  attempt: Pick<Answered, 'status' | 'answer' | 'error'> & { at: number; began: number },
): Outcome {
  const { at, began, status, answer, error } = attempt;
  const milliseconds = Math.round(performance.now() - began);
  attemptSeconds.observe(milliseconds / 1000);
  attempts.inc({ outcome: state === 'pending' ? 'failed' : state });
  return {
    nth,
    state,
    due_at,
    attempt: { at: new Date(at).toISOString(), status, milliseconds, answer, error },
  };
}

function consequenceOf(
  { tries, first_try_at }: Due,
  { status, retry_after }: Answered,
  at: number,
  now: number,
): Pick<Outcome, 'state' | 'due_at'> {
  if (status !== null && status >= 200 && status < 300) return { state: 'delivered', due_at: null };
  const due_at = nextTry({
    tries: tries + 1,
    first_try_at: first_try_at ?? at,
    now,
    retry_after: retryAfter(retry_after, now),
    random: Math.random(),
  });
  return { state: due_at === null ? 'parked' : 'pending', due_at };
}
