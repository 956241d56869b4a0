import type { z } from 'zod';
import type { ConversationRow } from '../domain/timeline';
import type { ConversationRecord } from '../domain/record';
import { conversationRecord, episodeRecord, flowRecord, surveyRecord } from '../domain/record-schema';

/** The fields of a schema, in its order. */
const fieldsOf = <T extends z.ZodObject>({ shape }: T) => Object.keys(shape) as (keyof z.infer<T>)[];

/** The columns of the record, in its order; each has the name of its field. */
export const RECORD = fieldsOf(conversationRecord);
export const FLOW = fieldsOf(flowRecord);
export const SURVEY = fieldsOf(surveyRecord);
export const EPISODE = fieldsOf(episodeRecord);

/** What a row keeps beyond the record. The compiler checks that all fields are here, and no others. */
const KEPT = {
  survey_episode: true,
  past_surveys: true,
  survey_count: true,
  ended_executions: true,
  untouched: true,
  window_opened_at: true,
  last_word: true,
  agents: true,
  kept_unarchived: true,
  seq: true,
  settings_version: true,
} satisfies Record<Exclude<keyof ConversationRow, keyof ConversationRecord>, true>;

/** All columns of `conversations` but the account's. */
export const COLUMNS = [...RECORD, ...Object.keys(KEPT)];

export const columnsOf = (table: string, columns: readonly string[]) =>
  columns.map((column) => `${table}.${column}`).join(', ');

/** For an upsert's `DO UPDATE`: every column but those of the key. */
export const excluded = (columns: readonly string[], ...key: string[]) =>
  columns
    .filter((column) => !key.includes(column))
    .map((column) => `${column} = excluded.${column}`)
    .join(', ');
