import type { EpisodeRecord, SurveyRecord } from '../domain/record';
import { columnsOf, EPISODE, SURVEY } from './columns';
import type { AccountDatabase } from './database';
import { LONG_MS } from './pool';
import { FROM_THE_LAST } from './timeline';

export interface Episode extends EpisodeRecord {
  /** the last survey that asked about it */
  survey: SurveyRecord | null;
}

type Row = EpisodeRecord & { [K in keyof SurveyRecord as `survey_${K}`]: SurveyRecord[K] | null };

const SHOWN = `${columnsOf('e', EPISODE)}, ${SURVEY.map((column) => `s.${column} AS survey_${column}`).join(', ')}
  FROM episodes e LEFT JOIN LATERAL (
    SELECT * FROM surveys s
    WHERE s.account = e.account AND s.inbox = e.inbox AND s.conversation = e.conversation
      AND s.episode = e.episode
    ORDER BY s.asked_at DESC, length(s.survey) DESC, s.survey DESC LIMIT 1
  ) s ON true`;

/** Newest first, the current one included; those before `before` (null: from the last). */
export async function readEpisodes(
  db: AccountDatabase,
  inbox: string,
  conversation: string,
  before: number | null,
  limit: number,
): Promise<Episode[]> {
  const rows = await db.query<Row>({
    name: 'read_episodes',
    text: `SELECT ${SHOWN} WHERE e.account = $1 AND e.inbox = $2 AND e.conversation = $3 AND e.episode < $4
           ORDER BY e.episode DESC LIMIT $5`,
    values: [db.account, inbox, conversation, before ?? FROM_THE_LAST, limit],
  });
  return rows.map(toEpisode);
}

function toEpisode(row: Row): Episode {
  const episode = Object.fromEntries(EPISODE.map((column) => [column, row[column]])) as EpisodeRecord;
  const survey = Object.fromEntries(
    SURVEY.map((column) => [column, row[`survey_${column}`]]),
  ) as SurveyRecord;
  return { ...episode, survey: row.survey_survey === null ? null : survey };
}

/** The ended episodes of the conversations after `after` up to `last`, of each the newest first. */
export async function endedEpisodes(
  db: AccountDatabase,
  inbox: string,
  after: string,
  last: string,
): Promise<Map<string, Episode[]>> {
  const rows = await db.query<Row & { conversation: string }>({
    name: 'ended_episodes',
    text: `SELECT e.conversation, ${SHOWN}
           WHERE e.account = $1 AND e.inbox = $2 AND e.conversation > $3 AND e.conversation <= $4
             AND e.closed_at IS NOT NULL
           ORDER BY e.conversation, e.episode DESC`,
    values: [db.account, inbox, after, last],
    limitMs: LONG_MS,
  });
  const found = new Map<string, Episode[]>();
  for (const row of rows) {
    const others = found.get(row.conversation);
    if (others) others.push(toEpisode(row));
    else found.set(row.conversation, [toEpisode(row)]);
  }
  return found;
}
