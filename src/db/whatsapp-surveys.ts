import type { Pool } from 'pg';
import type { AccountDatabase } from './database';
import type { SurveyTexts } from './whatsapp-channels';

export interface SentSurvey {
  survey: string;
  conversation: string;
}

/** The surveys that were sent with these messages, by the message's id. */
export async function surveysByMessage(
  db: AccountDatabase,
  inbox: string,
  messages: readonly string[],
): Promise<Map<string, SentSurvey>> {
  const rows = await db.query<SentSurvey & { message_id: string }>({
    name: 'surveys_by_message',
    text: `SELECT message_id, survey, conversation FROM whatsapp_surveys
           WHERE account = $1 AND inbox = $2 AND message_id = ANY ($3)`,
    values: [db.account, inbox, messages],
  });
  return new Map(rows.map(({ message_id, ...survey }) => [message_id, survey]));
}

/** One survey of one inbox. */
export interface SurveyKey extends SentSurvey {
  account: string;
  inbox: string;
}

/** What the worker must know to send a survey. */
export interface SurveyToSend {
  phone_number_id: string;
  graph_url: string;
  graph_version: string;
  texts: SurveyTexts;
  /** encrypted */
  access_token: string;
  /** something is noted as wrong with the channel */
  troubled: boolean;
  /** encrypted; null if the contact never wrote through WhatsApp */
  address: string | null;
  /** epoch milliseconds; null if it is not known */
  window_closes_at: number | null;
  /** of the survey, as it is now; null if it is not there */
  state: string | null;
}

export async function surveyToSend(
  pool: Pool,
  channel: string,
  { account, inbox, conversation, survey }: SurveyKey,
): Promise<SurveyToSend | null> {
  const { rows } = await pool.query<SurveyToSend>({
    name: 'survey_to_send',
    text: `SELECT c.phone_number_id, c.graph_url, c.graph_version, c.survey AS texts, c.access_token,
             c.problem IS NOT NULL AS troubled, w.address, s.state,
             (extract(epoch FROM v.window_closes_at) * 1000)::float8 AS window_closes_at
           FROM whatsapp_channels c
           LEFT JOIN whatsapp_contacts w ON (w.account, w.inbox, w.conversation) = ($2, $3, $4)
           LEFT JOIN conversations v ON (v.account, v.inbox, v.conversation) = ($2, $3, $4)
           LEFT JOIN surveys s ON (s.account, s.inbox, s.conversation, s.survey) = ($2, $3, $4, $5)
           WHERE c.channel = $1`,
    values: [channel, account, inbox, conversation, survey],
  });
  return rows[0] ?? null;
}

/**
 * Notes that a survey's message is about to be sent. The first one to note it may send it.
 * @returns null if this is the first; else the message's id, or null in `message_id` if nobody knows whether it was sent
 */
export async function claimSurvey(
  pool: Pool,
  { account, inbox, conversation, survey }: SurveyKey,
): Promise<{ message_id: string | null } | null> {
  const claimed = await pool.query(
    `INSERT INTO whatsapp_surveys (account, inbox, survey, conversation) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [account, inbox, survey, conversation],
  );
  if (claimed.rowCount === 1) return null;
  const { rows } = await pool.query<{ message_id: string | null }>(
    'SELECT message_id FROM whatsapp_surveys WHERE account = $1 AND inbox = $2 AND survey = $3',
    [account, inbox, survey],
  );
  return rows[0] ?? { message_id: null };
}

/** The message was certainly not sent: it may be tried again. */
export async function releaseSurvey(pool: Pool, { account, inbox, survey }: SurveyKey): Promise<void> {
  await pool.query('DELETE FROM whatsapp_surveys WHERE account = $1 AND inbox = $2 AND survey = $3', [
    ...[account, inbox, survey],
  ]);
}

export async function noteSurveySent(
  pool: Pool,
  { account, inbox, survey }: SurveyKey,
  message_id: string,
): Promise<void> {
  await pool.query(
    'UPDATE whatsapp_surveys SET message_id = $4 WHERE account = $1 AND inbox = $2 AND survey = $3',
    [account, inbox, survey, message_id],
  );
}

/** What must be put right before surveys can be sent. `since` stays while the code is the same. null: all is well. */
export async function noteProblem(
  pool: Pool,
  channel: string,
  code: string | null,
  now: number,
): Promise<void> {
  await pool.query(
    `UPDATE whatsapp_channels
     SET problem = CASE WHEN $2::text IS NOT NULL THEN jsonb_build_object('code', $2::text, 'since', $3::text) END
     WHERE channel = $1 AND problem ->> 'code' IS DISTINCT FROM $2`,
    [channel, code, new Date(now).toISOString()],
  );
}

/** Deletes what was noted before that moment: by then nobody says any more that a message failed. */
export async function removeSentSurveys(pool: Pool, before: Date): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM whatsapp_surveys WHERE (account, inbox, survey) IN (
       SELECT account, inbox, survey FROM whatsapp_surveys WHERE claimed_at < $1 LIMIT 50000)`,
    [before],
  );
  return rowCount ?? 0;
}
