import { createHmac } from 'node:crypto';
import type { Address, Identity } from './identity';

/** Names of contacts, from which nobody who lacks the inbox's secret can tell a number. */
export class Names {
  private readonly key: Buffer;

  /** @param secret the inbox's, in base64 */
  constructor(secret: string) {
    this.key = Buffer.from(secret, 'base64');
  }

  /** May be a conversation's id. */
  of(identity: Identity): string {
    return `wa_${this.digest(identity)}`;
  }

  /** By which it is seen whether an address is the same as another. */
  tagOf(address: Address): string {
    return this.digest(`address:${JSON.stringify([address.number, address.user_id])}`);
  }

  private digest(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url');
  }
}
