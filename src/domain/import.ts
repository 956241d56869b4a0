import { MOST_SURVEYS_NAMED, type CloseFacts, type Conversation, type Tag } from './conversation';
import { withDeadlines } from './deadlines';
import type { ImportedEpisode, ImportedSurvey, ImportLine, KeptOfLine } from './import-line';
import { fromRecord, iso, toRecord, type ConversationRecord, type EpisodeRecord, type Kept } from './record';
import type { SurveyRecord } from './record-schema';
import type { Settings } from './settings';
import { episodeOf, rowOf, surveysOf, type ConversationRow, type Entry } from './timeline';

/** What a conversation that comes from elsewhere begins with: all that is written of it. */
export interface Imported {
  row: ConversationRow;
  entry: Entry;
  episodes: EpisodeRecord[];
  surveys: NumberedSurvey[];
  /** its other names */
  aliases: string[];
}

type NumberedSurvey = SurveyRecord & { episode: number };
type NumberedEpisode = EpisodeRecord & { survey: ImportedSurvey | null };

interface Into {
  inbox: string;
  settings: Settings;
  settings_version: number;
  /** epoch milliseconds */
  now: number;
}

/** @param line one in which nothing is wrong, and not in a flow */
export function imported(line: ImportLine, into: Into): Imported {
  const { inbox, settings, settings_version, now } = into;
  const ended = endedEpisodes(line.episodes);
  const times = timesOf(line, ended, now);
  const last = ended.at(-1);
  /** of a closed conversation, the episode that it closed with, where that is given among the ended ones */
  const current = line.status === 'closed' && last?.closed_at === times.closed_at ? last : null;
  const episode = line.status === 'not_contacted' ? 0 : (current?.episode ?? (last?.episode ?? 0) + 1);
  const record = recordOf(line, { inbox, now, times, current, episode });
  const surveys = numberedSurveys(line, ended, record);
  const survey = shownSurvey(line, surveys);
  record.survey = survey;
  const kept = keptOfImport(
    record,
    {
      past: surveys.filter((s) => s.survey !== survey?.survey).reverse(),
      survey_episode: survey && survey.episode,
      survey_count: countOf(line.conversation, surveys),
      window_opened_at: windowOpenedAt(line, settings),
      agents: current?.agents ?? line.kept?.agents ?? [],
    },
    line.kept,
  );
  const state = withDeadlines(fromRecord(Object.assign(record, kept)), settings);
  const changed = surveysOf(state).filter(({ survey }) => survey === state.survey?.survey);
  const lived = episodeOf(state);
  return {
    row: rowOf(state, { inbox, seq: 1, settings_version }),
    entry: entryOf(toRecord(inbox, state), settings_version, now),
    episodes: [...ended.filter((e) => e !== current).map(withoutSurvey), ...(lived ? [lived] : [])],
    surveys: [...surveys.filter((s) => s.survey !== state.survey?.survey), ...changed],
    aliases: line.aliases ?? [],
  };
}

/** The state at a record of the timeline, such as that of an import. Of earlier surveys, executions and agents it does not tell. */
export function stateOfRecord(record: ConversationRecord, settings: Settings): Conversation {
  const { survey, conversation, episode } = record;
  const past = survey ? [{ ...survey, episode }] : [];
  const kept = keptOfImport(record, {
    past: [],
    survey_episode: survey && episode,
    survey_count: countOf(conversation, past),
    window_opened_at: windowOpenedAt(record, settings),
    agents: [],
  });
  return withDeadlines(fromRecord({ ...record, ...kept }), settings);
}

interface KnownOfImport {
  past: NumberedSurvey[];
  survey_episode: number | null;
  survey_count: number;
  window_opened_at: string | null;
  agents: string[];
}

/** What the state keeps beyond its record, concluded from the record where the line does not say it. */
function keptOfImport(record: ConversationRecord, known: KnownOfImport, said: KeptOfLine = {}): Kept {
  const concluded = concludedOf(record);
  const isOpen = record.status === 'new' || record.status === 'in_progress';
  const last_word = said.last_word === 'nobody' ? null : (said.last_word ?? concluded.last_word);
  return {
    survey_episode: known.survey_episode,
    past_surveys: known.past.slice(0, MOST_SURVEYS_NAMED - 1),
    survey_count: known.survey_count,
    ended_executions: said.ended_executions ?? [],
    untouched: concluded.untouched && (said.untouched ?? true),
    window_opened_at: known.window_opened_at ?? record.last_customer_message_at,
    last_word: isOpen ? last_word : null,
    agents: known.agents,
    kept_unarchived: record.status === 'closed' && (said.kept_unarchived ?? false),
  };
}

/**
 * While a customer waits, the last word is the customer's; else the business's. Of one that was reopened before anybody replied,
 * this is not so: then an export says who had it.
 */
export function concludedOf(record: ConversationRecord): Pick<Kept, 'last_word' | 'untouched'> {
  const { status, assignee, started_at, first_reply_at, last_agent_reply_at, waiting_since } = record;
  const replied =
    first_reply_at !== null || (last_agent_reply_at !== null && last_agent_reply_at >= (started_at ?? ''));
  const isOpen = status === 'new' || status === 'in_progress';
  return {
    last_word: !isOpen ? null : waiting_since === null ? 'business' : 'customer',
    untouched:
      status === 'not_contacted' ||
      (status === 'new' && !replied && assignee.agent === null && assignee.team === null),
  };
}

function entryOf(record: ConversationRecord, settings_version: number, now: number): Entry {
  return {
    seq: 1,
    at: iso(now),
    version: record.version,
    settings_version,
    event: '@imported',
    type: 'imported',
    verdict: 'applied',
    reason: null,
    rule: null,
    from: 'not_contacted',
    to: record.status,
    data: {},
    changes: record,
  };
}

interface Times {
  last_activity_at: string;
  started_at: string | null;
  waiting_since: string | null;
  closed_at: string | null;
}

/** The times that a conversation must have: where they are not given they are concluded from the others. */
function timesOf(line: ImportLine, ended: NumberedEpisode[], now: number): Times {
  const { last_customer_message_at: heard, last_agent_reply_at: replied, first_reply_at } = line;
  const given = [line.started_at, first_reply_at, heard, replied, line.closed_at].flatMap(
    (at) => utc(at) ?? [],
  );
  const last_activity_at = utc(line.last_activity_at) ?? given.sort().at(-1) ?? iso(now);
  const isOpen = line.status === 'new' || line.status === 'in_progress';
  const unanswered = heard && (!replied || Date.parse(heard) > Date.parse(replied)) ? heard : null;
  const waiting = line.waiting_since === undefined ? unanswered : line.waiting_since;
  const closed_at = utc(line.closed_at) ?? ended.at(-1)?.closed_at ?? last_activity_at;
  const isCurrent = line.status === 'closed' && ended.at(-1)?.closed_at === closed_at;
  const began = isCurrent ? ended.at(-1)?.started_at : undefined;
  return {
    last_activity_at,
    started_at:
      line.status === 'not_contacted'
        ? null
        : (utc(line.started_at) ?? began ?? given[0] ?? last_activity_at),
    waiting_since: isOpen ? utc(waiting) : null,
    closed_at: line.status === 'closed' ? closed_at : null,
  };
}

interface Around {
  inbox: string;
  now: number;
  times: Times;
  current: EpisodeRecord | null;
  episode: number;
}

function recordOf(line: ImportLine, { inbox, now, times, current, episode }: Around): ConversationRecord {
  const isOver = line.status === 'resolved' || line.status === 'closed';
  return {
    inbox,
    conversation: line.conversation,
    status: line.status,
    version: 1,
    episode,
    unread: line.unread,
    archived: line.archived,
    assignee: line.assignee === undefined && current ? current.assignee : assigneeOf(line.assignee),
    blocked: line.blocked,
    opted_out: line.opted_out,
    waiting_on: 'nobody', // derived, so the state does not hold it
    opened_by: line.opened_by ?? current?.opened_by ?? null,
    window_closes_at: utc(line.window_closes_at),
    tags: lockedIf(line.status === 'closed', line.tags.length === 0 && current ? current.tags : line.tags),
    flow: null,
    survey: null,
    snoozed_until: utc(line.snoozed_until),
    ...times,
    first_reply_at: utc(line.first_reply_at) ?? current?.first_reply_at ?? null,
    last_customer_message_at: utc(line.last_customer_message_at),
    last_agent_reply_at: utc(line.last_agent_reply_at),
    last_automatic_message_at: null,
    close: isOver ? closeOf(line.close ?? current?.close) : null,
    archived_at: line.archived ? iso(now) : null,
    next: null,
    created_at: iso(now),
    updated_at: iso(now),
  };
}

const withoutSurvey = (e: NumberedEpisode): EpisodeRecord => ({
  episode: e.episode,
  opened_by: e.opened_by,
  started_at: e.started_at,
  first_reply_at: e.first_reply_at,
  closed_at: e.closed_at,
  close: e.close,
  assignee: e.assignee,
  agents: e.agents,
  tags: e.tags,
});

/** In order of their numbers. */
function endedEpisodes(episodes: ImportedEpisode[]): NumberedEpisode[] {
  return episodes
    .map((e) => ({ e, began: Date.parse(e.started_at) }))
    .sort((a, b) => (a.e.episode ?? 0) - (b.e.episode ?? 0) || a.began - b.began)
    .map(({ e, began }, i) => ({
      episode: e.episode ?? i + 1,
      opened_by: e.opened_by ?? null,
      started_at: iso(began),
      first_reply_at: utc(e.first_reply_at),
      closed_at: utc(e.closed_at),
      close: closeOf(e.close),
      assignee: assigneeOf(e.assignee),
      agents: e.agents,
      tags: lockedIf(true, e.tags),
      survey: e.survey ?? null,
    }));
}

/** All that are given, each once, in the order in which they were asked. */
function numberedSurveys(
  { conversation, survey }: ImportLine,
  ended: NumberedEpisode[],
  { episode }: ConversationRecord,
): NumberedSurvey[] {
  const given = ended.flatMap((e) => (e.survey ? [{ survey: e.survey, episode: e.episode }] : []));
  if (survey && !given.some((g) => isSame(g.survey, survey))) given.push({ survey, episode });
  return given
    .sort((a, b) => Date.parse(a.survey.asked_at) - Date.parse(b.survey.asked_at))
    .map(({ survey: s, episode }, i) => ({
      survey: s.survey ?? `${conversation}.${i + 1}`,
      episode,
      state: s.state,
      agent: s.agent ?? null,
      asked_at: iso(Date.parse(s.asked_at)),
      expires_at: utc(s.expires_at),
      score: s.score ?? null,
      comment: s.comment ?? null,
      answered_at: utc(s.answered_at) ?? (s.state === 'answered' ? iso(Date.parse(s.asked_at)) : null),
      late: s.late,
      failure: s.failure ?? null,
    }));
}

/** The conversation's last survey: the one that it names, or the last of its episodes. */
function shownSurvey({ survey }: ImportLine, surveys: NumberedSurvey[]): NumberedSurvey | null {
  if (survey === null) return null;
  const asked = survey && iso(Date.parse(survey.asked_at));
  const named = surveys.find((s) =>
    survey?.survey === undefined ? s.asked_at === asked : s.survey === survey.survey,
  );
  return named ?? surveys.at(-1) ?? null;
}

function isSame(a: ImportedSurvey, b: ImportedSurvey): boolean {
  if (a.survey !== undefined || b.survey !== undefined) return a.survey === b.survey;
  return Date.parse(a.asked_at) === Date.parse(b.asked_at);
}

/** The next survey must get a number that none of these has. */
function countOf(conversation: string, surveys: NumberedSurvey[]): number {
  const numbers = surveys.map(({ survey }) =>
    survey.startsWith(`${conversation}.`) ? Number(survey.slice(conversation.length + 1)) : 0,
  );
  return Math.max(surveys.length, ...numbers.filter((n) => Number.isSafeInteger(n) && n < 1_000_000_000));
}

/** When the window opened that closes at the time given. */
function windowOpenedAt(
  { window_closes_at }: Pick<ImportLine, 'window_closes_at'>,
  { customer_window_seconds }: Settings,
): string | null {
  if (!window_closes_at || customer_window_seconds === null) return null;
  return iso(Date.parse(window_closes_at) - customer_window_seconds * 1000);
}

const assigneeOf = (a: ImportLine['assignee']) => ({ team: a?.team ?? null, agent: a?.agent ?? null });

/** Of an end of which nothing is known: a program ended it. */
function closeOf(close: ImportLine['close']): CloseFacts {
  return { by: close?.by ?? 'api', agent: close?.agent ?? null, reason: close?.reason ?? null };
}

const lockedIf = (all: boolean, tags: Tag[]): Tag[] =>
  tags.map(({ name, locked }) => ({ name, locked: all || locked }));

/** In UTC with milliseconds, as everything is written. */
const utc = (at: string | null | undefined): string | null => (at ? iso(Date.parse(at)) : null);
