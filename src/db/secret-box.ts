import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Nothing secret can be kept or read: this process was given no key for it. */
export class SecretsKeyMissingError extends Error {
  override readonly name = 'SecretsKeyMissingError';

  constructor() {
    super(
      'SECRETS_KEY is missing: set it to 32 random bytes in base64, the same for the API and the workers',
    );
  }
}

/** The secret was encrypted under another key, or for something else, or is damaged. */
export class SecretUnreadableError extends Error {
  override readonly name = 'SecretUnreadableError';

  constructor(whose: string) {
    super(`The secret of ${whose} cannot be read: SECRETS_KEY is not the one that it was encrypted under`);
  }
}

/**
 * Encrypts secrets that the service must be able to read again. What is in the database is useless without
 * the key.
 */
export class SecretBox {
  /** @param keys of 32 bytes each: the first encrypts, any decrypts; none: every use throws */
  constructor(private readonly keys: readonly Buffer[]) {}

  get canSeal(): boolean {
    return this.keys.length > 0;
  }

  /**
   * @param whose the owner of the secret; it can be decrypted only for this owner
   * @returns base64 of nonce, ciphertext and tag
   * @throws SecretsKeyMissingError
   */
  seal(secret: string, whose: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.firstKey(), nonce).setAAD(Buffer.from(whose));
    const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return sealed.toString('base64');
  }

  /** @throws SecretsKeyMissingError, SecretUnreadableError */
  open(sealed: string, whose: string): string {
    this.firstKey();
    for (const key of this.keys) {
      const secret = opened(Buffer.from(sealed, 'base64'), key, whose);
      if (secret !== null) return secret;
    }
    throw new SecretUnreadableError(whose);
  }

  private firstKey(): Buffer {
    const [key] = this.keys;
    if (!key) throw new SecretsKeyMissingError();
    return key;
  }
}

function opened(sealed: Buffer, key: Buffer, whose: string): string | null {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(whose))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    return (
      decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    );
  } catch {
    return null;
  }
}
