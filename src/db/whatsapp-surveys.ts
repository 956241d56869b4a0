import type { AccountDatabase } from './database';

export interface SentSurvey {
  survey: string;
  conversation: string;
}

/** The surveys that went out with these messages, by the message's id. */
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
