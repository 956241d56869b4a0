import { concludedOf } from './import';
import type { ImportLine, KeptOfLine } from './import-line';
import type { ConversationRecord, EpisodeRecord, Kept, SurveyRecord } from './record';

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
} satisfies Record<Exclude<keyof ImportLine, 'episodes' | 'aliases' | 'kept'>, true>;
const fields = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** What the line must say beyond the record, because an import would not conclude it. */
export type KeptBeyond = Pick<
  Kept,
  'last_word' | 'untouched' | 'kept_unarchived' | 'ended_executions' | 'agents'
>;

/**
 * The conversation as an import takes it.
 * @param episodes the ended ones
 * @param aliases in order of their names
 */
export function exportLine(
  record: ConversationRecord,
  beyond: KeptBeyond,
  episodes: readonly ExportedEpisode[],
  aliases: readonly string[],
): object {
  const kept = keptOfLine(record, beyond);
  return {
    ...Object.fromEntries(fields.map((field) => [field, record[field]])),
    episodes,
    ...(aliases.length > 0 && { aliases }),
    ...(Object.keys(kept).length > 0 && { kept }),
  };
}

function keptOfLine(record: ConversationRecord, is: KeptBeyond): KeptOfLine {
  const isOpen = record.status === 'new' || record.status === 'in_progress';
  const concluded = concludedOf(record);
  const last_word = is.last_word === 'agent' ? 'business' : is.last_word;
  return {
    ...(isOpen && last_word !== concluded.last_word && { last_word: last_word ?? 'nobody' }),
    ...(record.status === 'new' && is.untouched !== concluded.untouched && { untouched: is.untouched }),
    ...(record.status === 'closed' && is.kept_unarchived && { kept_unarchived: true }),
    ...(is.ended_executions.length > 0 && { ended_executions: is.ended_executions }),
    // of a closed conversation its last episode says them
    ...(isOpen || record.status === 'resolved' ? is.agents.length > 0 && { agents: is.agents } : {}),
  };
}
