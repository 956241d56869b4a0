import { client } from '../model/session.ts';

/** Which deliveries are made again: these, or all that were decided in a time. */
export type Which = { deliveries: string[] } | { from: string; to: string; state?: 'delivered' | 'parked' };

/** @returns how many */
export async function again(webhook: string, body: Which): Promise<number> {
  const params = { path: { webhook } };
  const { redelivered } = await client.value.POST('/v1/webhooks/{webhook}/redeliver', { params, body });
  return redelivered;
}
