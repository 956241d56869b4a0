import { randomBytes } from 'node:crypto';
import type { AccountDatabase, Query } from './database';
import type { SecretBox } from './secret-box';

/** An endpoint that gets effects. Its secret is shown only when it is made. */
export interface Webhook {
  webhook: string;
  url: string;
  /** null: all */
  types: string[] | null;
  /** null: all */
  inboxes: string[] | null;
  state: 'active' | 'paused';
  created_at: string;
}

/** A secret as it is kept: encrypted, and until when it still signs; null: no end. */
export interface SealedSecret {
  sealed: string;
  expires_at: string | null;
}

const SHOWN = 'webhook, url, types, inboxes, state, created_at';
/** The others are channels, which have their own resource. */
const HTTP = `kind = 'http'`;
const ROTATION_MS = 24 * 3_600_000;

/** Standard Webhooks: a prefix and base64 of 24 to 64 random bytes. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Makes an endpoint. It gets what is decided from now on. @throws SecretsKeyMissingError */
export async function addWebhook(
  db: AccountDatabase,
  box: SecretBox,
  { url, types, inboxes }: Pick<Webhook, 'url' | 'types' | 'inboxes'>,
): Promise<Webhook & { secret: string }> {
  const webhook = `wh_${randomBytes(12).toString('hex')}`;
  const secret = newSecret();
  const secrets: SealedSecret[] = [{ sealed: box.seal(secret, webhook), expires_at: null }];
  const [row] = await db.query<Webhook>({
    text: `INSERT INTO webhooks (webhook, account, url, types, inboxes, secrets)
           VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${SHOWN}`,
    values: [webhook, db.account, url, types, inboxes, JSON.stringify(secrets)],
  });
  if (!row) throw new Error('an insert that returned nothing');
  const { created_at, ...made } = row;
  return { ...made, secret, created_at };
}

export async function findWebhook(db: AccountDatabase, webhook: string): Promise<Webhook | null> {
  const [row] = await db.query<Webhook>({
    text: `SELECT ${SHOWN} FROM webhooks WHERE account = $1 AND webhook = $2 AND ${HTTP}`,
    values: [db.account, webhook],
  });
  return row ?? null;
}

/** In order of their names, those after `after`. */
export function listWebhooks(db: AccountDatabase, after: string, limit: number): Promise<Webhook[]> {
  return db.query<Webhook>({
    text: `SELECT ${SHOWN} FROM webhooks WHERE account = $1 AND webhook > $2 AND ${HTTP} ORDER BY webhook LIMIT $3`,
    values: [db.account, after, limit],
  });
}

/** Changes the parts that are given. One that is set going again is tried at once. */
export async function changeWebhook(
  db: AccountDatabase,
  webhook: string,
  change: Partial<Pick<Webhook, 'url' | 'types' | 'inboxes' | 'state'>>,
): Promise<Webhook | null> {
  const set = Object.keys(change) as (keyof typeof change)[];
  const parts = set.map((name, i) => `${name} = $${i + 3}`);
  if (change.state === 'active' || change.url !== undefined)
    parts.push('failures = 0', 'held_until = NULL', 'wake_at = now()');
  if (parts.length === 0) return findWebhook(db, webhook);
  const [row] = await db.query<Webhook>({
    text: `UPDATE webhooks SET ${parts.join(', ')} WHERE account = $1 AND webhook = $2 AND ${HTTP} RETURNING ${SHOWN}`,
    values: [db.account, webhook, ...set.map((name) => change[name])],
  });
  return row ?? null;
}

/** It is told nothing more. What it was told is deleted with time. @returns whether there was one */
export async function removeWebhook(db: AccountDatabase, webhook: string): Promise<boolean> {
  const rows = await db.query({
    text: `DELETE FROM webhooks WHERE account = $1 AND webhook = $2 AND ${HTTP} RETURNING 1`,
    values: [db.account, webhook],
  });
  return rows.length > 0;
}

/**
 * A new secret; those before it sign for a day longer, so that the receiver can change over without missing anything.
 * @throws SecretsKeyMissingError
 */
export function rotateSecret(
  db: AccountDatabase,
  box: SecretBox,
  webhook: string,
  now: number,
): Promise<(Webhook & { secret: string }) | null> {
  const secret = newSecret();
  const sealed = box.seal(secret, webhook);
  return db.transaction(async (query) => {
    const found = await lockWebhook(db, query, webhook);
    if (!found) return null;
    const end = new Date(now + ROTATION_MS).toISOString();
    const older = found.secrets
      .filter((s) => isValid(s, now))
      .map((s) => ({ ...s, expires_at: s.expires_at ?? end }));
    await query({
      text: 'UPDATE webhooks SET secrets = $2 WHERE webhook = $1',
      values: [webhook, JSON.stringify([{ sealed, expires_at: null }, ...older])],
    });
    const { secrets: _, created_at, ...shown } = found;
    return { ...shown, secret, created_at };
  });
}

export function isValid({ expires_at }: SealedSecret, now: number): boolean {
  return expires_at === null || Date.parse(expires_at) > now;
}

/** A change of an endpoint's lanes or secrets locks its row, so that they happen one at a time. */
export async function lockWebhook(
  db: AccountDatabase,
  query: Query,
  webhook: string,
): Promise<(Webhook & { secrets: SealedSecret[] }) | null> {
  const [row] = await query<Webhook & { secrets: SealedSecret[] }>({
    text: `SELECT ${SHOWN}, secrets FROM webhooks WHERE account = $1 AND webhook = $2 AND ${HTTP} FOR UPDATE`,
    values: [db.account, webhook],
  });
  return row ?? null;
}
