import { randomBytes } from 'node:crypto';
import type { AccountDatabase, Database, Query } from './database';
import type { SecretBox } from './secret-box';

/** What customers are asked with after a close. */
export interface SurveyTexts {
  text: string;
  /** on the button that opens the list of answers */
  button: string;
  /** for those whom only a template may reach */
  template?: { name: string; language: string };
}

/** The WhatsApp number of an inbox, as it is shown. */
export interface WhatsAppChannel {
  channel: string;
  inbox: string;
  phone_number_id: string;
  graph_url: string;
  graph_version: string;
  survey: SurveyTexts;
  /** what must be put right before surveys can be sent: WhatsApp's code, and since when */
  problem: { code: string; since: string } | null;
  created_at: string;
  updated_at: string;
}

export interface ChannelSecrets {
  verify_token: string;
  app_secret: string;
  access_token: string;
}

export type ChannelSettings = Pick<
  WhatsAppChannel,
  'phone_number_id' | 'graph_url' | 'graph_version' | 'survey'
>;

/** Encrypted. */
type Sealed = ChannelSecrets;

const SECRETS = ['verify_token', 'app_secret', 'access_token'] as const;
const SHOWN =
  'channel, inbox, phone_number_id, graph_url, graph_version, survey, problem, created_at, updated_at';

export async function findChannel(db: AccountDatabase, inbox: string): Promise<WhatsAppChannel | null> {
  const [row] = await db.query<WhatsAppChannel>({
    text: `SELECT ${SHOWN} FROM whatsapp_channels WHERE account = $1 AND inbox = $2`,
    values: [db.account, inbox],
  });
  return row ?? null;
}

/**
 * Makes the channel of an inbox, or replaces its settings and secrets; its id stays. From now on it hears of surveys.
 * @throws SecretsKeyMissingError
 */
export function putChannel(
  db: AccountDatabase,
  box: SecretBox,
  inbox: string,
  settings: ChannelSettings,
  secrets: ChannelSecrets,
): Promise<{ channel: WhatsAppChannel; created: boolean }> {
  return db.transaction(async (query) => {
    const before = await lockChannel(query, db.account, inbox);
    const channel = before?.channel ?? `wac_${randomBytes(12).toString('hex')}`;
    const sealed = sealedOf(box, channel, secrets, before);
    const values = [
      ...[channel, db.account, inbox, settings.phone_number_id, settings.graph_url, settings.graph_version],
      ...[JSON.stringify(settings.survey), ...SECRETS.map((name) => sealed[name])],
    ];
    const [row] = await query<WhatsAppChannel>({
      text: `INSERT INTO whatsapp_channels (channel, account, inbox, phone_number_id, graph_url, graph_version, survey,
               verify_token, app_secret, access_token)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (account, inbox) DO UPDATE SET phone_number_id = $4, graph_url = $5, graph_version = $6, survey = $7,
               verify_token = $8, app_secret = $9, access_token = $10, problem = NULL, updated_at = now()
             RETURNING ${SHOWN}`,
      values,
    });
    if (!row) throw new Error('an upsert that returned nothing');
    await query({
      text: `INSERT INTO inbox_secrets (account, inbox, sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      values: [
        db.account,
        inbox,
        box.seal(randomBytes(32).toString('base64'), inboxSecret(db.account, inbox)),
      ],
    });
    await query({
      text: `INSERT INTO webhooks (webhook, account, kind, url, types, inboxes, secrets)
             VALUES ($1, $2, 'whatsapp', '', '{survey.requested}', ARRAY[$3], '[]')
             ON CONFLICT (webhook) DO UPDATE SET failures = 0, held_until = NULL, wake_at = now()`,
      values: [row.channel, db.account, inbox],
    });
    return { channel: row, created: before === null };
  });
}

/** One that has not changed stays as it was encrypted: the audit tells of those that changed. */
function sealedOf(box: SecretBox, channel: string, secrets: ChannelSecrets, before: Sealed | null): Sealed {
  const seal = (name: keyof ChannelSecrets) => {
    const whose = channelSecret(channel, name);
    if (before && opens(box, before[name], whose) === secrets[name]) return before[name];
    return box.seal(secrets[name], whose);
  };
  return {
    verify_token: seal('verify_token'),
    app_secret: seal('app_secret'),
    access_token: seal('access_token'),
  };
}

function opens(box: SecretBox, sealed: string, whose: string): string | null {
  try {
    return box.open(sealed, whose);
  } catch {
    return null;
  }
}

async function lockChannel(
  query: Query,
  account: string,
  inbox: string,
): Promise<(Sealed & { channel: string }) | null> {
  await query({
    text: `SELECT pg_advisory_xact_lock(hashtextextended($1, 2))`,
    values: [`${account}/${inbox}`],
  });
  const [row] = await query<Sealed & { channel: string }>({
    text: `SELECT channel, verify_token, app_secret, access_token FROM whatsapp_channels
           WHERE account = $1 AND inbox = $2 FOR UPDATE`,
    values: [account, inbox],
  });
  return row ?? null;
}

/** It hears of nothing more, and its address is not known any more. @returns whether there was one */
export async function removeChannel(db: AccountDatabase, inbox: string): Promise<boolean> {
  const rows = await db.query({
    text: `WITH gone AS (
             DELETE FROM whatsapp_channels WHERE account = $1 AND inbox = $2 RETURNING channel
           )
           DELETE FROM webhooks w USING gone WHERE w.account = $1 AND w.webhook = gone.channel RETURNING 1`,
    values: [db.account, inbox],
  });
  return rows.length > 0;
}

/** A channel as its webhooks are checked and read. */
export interface ReceivingChannel {
  account: string;
  inbox: string;
  phone_number_id: string;
  verify_token: string;
  app_secret: string;
  /** under which the contacts of the inbox are named */
  inbox_secret: string;
}

/**
 * Whose channel it is shows only by its id.
 * @throws SecretsKeyMissingError, SecretUnreadableError, PostgresUnavailableError
 */
export async function findReceivingChannel(
  database: Database,
  box: SecretBox,
  channel: string,
): Promise<ReceivingChannel | null> {
  const [of] = await database.query<{ account: string | null }>({
    name: 'account_of_channel',
    text: 'SELECT account_of_channel($1) AS account',
    values: [channel],
  });
  if (!of?.account) return null;
  const { account } = of;
  const [row] = await database.of(account).query<Omit<ReceivingChannel, 'account'>>({
    name: 'receiving_channel',
    text: `SELECT c.inbox, c.phone_number_id, c.verify_token, c.app_secret, s.sealed AS inbox_secret
           FROM whatsapp_channels c JOIN inbox_secrets s USING (account, inbox)
           WHERE c.account = $1 AND c.channel = $2`,
    values: [account, channel],
  });
  return row
    ? {
        ...{ account, inbox: row.inbox, phone_number_id: row.phone_number_id },
        verify_token: box.open(row.verify_token, channelSecret(channel, 'verify_token')),
        app_secret: box.open(row.app_secret, channelSecret(channel, 'app_secret')),
        inbox_secret: box.open(row.inbox_secret, inboxSecret(account, row.inbox)),
      }
    : null;
}

/** @throws SecretsKeyMissingError, SecretUnreadableError */
export const openAccessToken = (box: SecretBox, channel: string, sealed: string) =>
  box.open(sealed, channelSecret(channel, 'access_token'));
const channelSecret = (channel: string, name: keyof ChannelSecrets) => `${channel}/${name}`;
const inboxSecret = (account: string, inbox: string) => `inbox/${account}/${inbox}`;
