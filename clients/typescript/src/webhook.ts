import { Webhook } from 'standardwebhooks';
import type { Change } from './changes.ts';
import { InvalidWebhookError, reasonOf } from './errors.ts';

/** `POST …/test` sends one of these; it is about no conversation. */
export interface TestMessage {
  type: 'webhook.test';
  timestamp: string;
  data: { account: string };
}

export interface WebhookMessage {
  /** the same in every attempt: what was taken under it once need not be taken again */
  id: string;
  told: Change | TestMessage;
}

interface Getting {
  get(name: string): string | null;
}
type Headers = Getting | Record<string, string | string[] | undefined>;

/**
 * What a webhook tells, once its signature is checked, over the body as it came: parsed and written again it could look different.
 * @param secret `whsec_…`, as it was shown when the endpoint was added or its secret rotated
 * @throws InvalidWebhookError
 */
export function verifyWebhook(secret: string, body: string | Uint8Array, headers: Headers): WebhookMessage {
  const webhook = new Webhook(secret);
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const given = Object.fromEntries(names.map((name) => [name, valueOf(headers, name)]));
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  try {
    return { id: given['webhook-id'] ?? '', told: webhook.verify(text, given) as WebhookMessage['told'] };
  } catch (cause) {
    throw new InvalidWebhookError(`The webhook is not valid: ${reasonOf(cause)}`, { cause });
  }
}

function valueOf(headers: Headers, name: string): string {
  if (isGetting(headers)) return headers.get(name) ?? '';
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return String(value ?? '');
}

const isGetting = (headers: Headers): headers is Getting => typeof headers.get === 'function';
