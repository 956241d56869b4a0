import type { ImportLine } from './import-line';
import type { ConversationRecord, EpisodeRecord, SurveyRecord } from './record';

/** An episode with the last survey that asked about it. */
export type ExportedEpisode = EpisodeRecord & { survey: SurveyRecord | null };

/** The fields of an import, which stand in the record under the same names. Their order never changes. */
const FIELDS = {
  conversation: true,
  status: true,
  unread: true,
  archived: true,
  assignee: true,
  tags: true,
  blocked: true,
  opted_out: true,
  opened_by: true,
  started_at: true,
  first_reply_at: true,
  waiting_since: true,
  last_customer_message_at: true,
  last_agent_reply_at: true,
  last_activity_at: true,
  window_closes_at: true,
  closed_at: true,
  close: true,
  survey: true,
  snoozed_until: true,
} satisfies Record<Exclude<keyof ImportLine, 'episodes'>, true>;
const fields = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** The conversation as an import takes it. @param episodes the ended ones */
export function exportLine(record: ConversationRecord, episodes: readonly ExportedEpisode[]): object {
  return { ...Object.fromEntries(fields.map((field) => [field, record[field]])), episodes };
}
