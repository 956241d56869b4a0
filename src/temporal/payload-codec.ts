import type { Payload, PayloadCodec } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding';
import { temporal } from '@temporalio/proto';
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ENCRYPTED, KEY_ID } from './payload-converter';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const { Payload: PayloadMessage } = temporal.api.common.v1;

/** What cannot be what it says it is: read as undefined, like all that cannot be decoded. */
const UNREADABLE: Payload = { metadata: { encoding: encode('binary/unreadable') }, data: new Uint8Array() };

/**
 * Encrypts what Temporal is given, in the form of Temporal's own examples: clients in other languages can do the same. What is
 * not encrypted is taken as it is, so callers without the key can still signal. A payload under a key that is not here stays
 * encrypted; the converter then refuses it.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly keys: ReadonlyMap<string, Buffer>;
  private readonly first: string;

  /** @param keys of 32 bytes each, at least one: the first encrypts, any decrypts */
  constructor(keys: readonly Buffer[]) {
    this.keys = new Map(keys.map((key) => [keyId(key), key]));
    this.first = [...this.keys.keys()][0] ?? '';
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads.map((payload) => this.sealed(payload)));
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads.map((payload) => this.opened(payload)));
  }

  private sealed(payload: Payload): Payload {
    const key = this.keys.get(this.first);
    if (!key) throw new Error('no key to encrypt with');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce);
    const parts = [nonce, cipher.update(PayloadMessage.encode(payload).finish()), cipher.final()];
    return {
      metadata: { encoding: encode(ENCRYPTED), [KEY_ID]: encode(this.first) },
      data: Buffer.concat([...parts, cipher.getAuthTag()]),
    };
  }

  private opened(payload: Payload): Payload {
    const { metadata, data } = payload;
    const id = metadata?.[KEY_ID];
    if (!metadata?.encoding || decode(metadata.encoding) !== ENCRYPTED || !id) return payload;
    const key = this.keys.get(decode(id));
    if (!key) return payload;
    try {
      const sealed = data ?? new Uint8Array();
      const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const plain = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
      return PayloadMessage.decode(Buffer.concat([plain, decipher.final()]));
    } catch {
      return UNREADABLE;
    }
  }
}

/** Tells keys apart without telling them. */
function keyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 12);
}
