import { z } from 'zod';
import {
  CLOSERS,
  MOST_AGENTS,
  MOST_EXECUTIONS_ENDED,
  MOST_TAGS,
  OPENERS,
  STATUSES,
  SURVEY_STATES,
  type Status,
} from './conversation';
import { untilProblem } from './events';
import { FIRST_MS, LAST_MS, objectId, text, timestamp } from './text';

/** A contact has a few identities. */
const MOST_ALIASES = 100;

/** One conversation of an import. Exports give the same fields. What is absent or null is not known. */
const name = text(1, 128);
const time = timestamp().nullish();
const assignee = z.strictObject({ team: name.nullish(), agent: name.nullish() }).nullish();
const tags = z
  .array(z.strictObject({ name: text(1, 64), locked: z.boolean().default(false) }))
  .max(MOST_TAGS)
  .default([]);
const close = z
  .strictObject({ by: z.enum(CLOSERS), agent: name.nullish(), reason: text(1, 1000).nullish() })
  .nullish();

const survey = z
  .strictObject({
    survey: text(1, 128).optional(),
    state: z.enum(SURVEY_STATES),
    agent: name.nullish(),
    asked_at: timestamp(),
    expires_at: time,
    score: z.int().min(1).max(5).nullish(),
    comment: text(0, 1000).nullish(),
    answered_at: time,
    late: z.boolean().default(false),
    failure: text(1, 200).nullish(),
  })
  .nullish();

const episode = z.strictObject({
  episode: z.int().min(1).max(1_000_000_000).optional(),
  opened_by: z.enum(OPENERS).nullish(),
  started_at: timestamp(),
  first_reply_at: time,
  closed_at: timestamp(),
  close,
  assignee,
  agents: z.array(name).max(MOST_AGENTS).default([]),
  tags,
  survey,
});

/** What the service knows of a conversation beyond what the other fields say: an import concludes the rest from them. */
const kept = z
  .strictObject({
    last_word: z.enum(['customer', 'business', 'nobody']).optional(),
    untouched: z.boolean().optional(),
    kept_unarchived: z.boolean().optional(),
    ended_executions: z.array(name).max(MOST_EXECUTIONS_ENDED).optional(),
    agents: z.array(name).max(MOST_AGENTS).optional(),
  })
  .optional();

export const importLine = z.strictObject({
  conversation: objectId(),
  status: z.enum(STATUSES),
  unread: z.boolean().default(false),
  archived: z.boolean().default(false),
  assignee,
  tags,
  blocked: z.boolean().default(false),
  opted_out: z.boolean().default(false),
  opened_by: z.enum(OPENERS).nullish(),
  started_at: time,
  first_reply_at: time,
  waiting_since: time,
  last_customer_message_at: time,
  last_agent_reply_at: time,
  last_activity_at: time,
  window_closes_at: time,
  closed_at: time,
  close,
  survey,
  snoozed_until: time,
  episodes: z.array(episode).default([]),
  aliases: z.array(objectId()).max(MOST_ALIASES).optional(),
  kept,
});

export type ImportLine = z.infer<typeof importLine>;
export type KeptOfLine = NonNullable<ImportLine['kept']>;
export type ImportedSurvey = NonNullable<ImportLine['survey']>;
export type ImportedEpisode = ImportLine['episodes'][number];

/** A field that is wrong: its parts joined by dots, and the rule that it breaks. */
export interface WrongField {
  path: string;
  message: string;
}

/** Which statuses a field can have a value in. In the others it must be absent, null, false or empty. */
const ONLY_IN: Partial<Record<keyof ImportLine, Status[]>> = {
  unread: ['new', 'in_progress', 'resolved', 'closed'],
  archived: ['closed'],
  assignee: ['new', 'in_progress', 'resolved', 'closed'],
  tags: ['new', 'in_progress', 'resolved', 'closed'],
  opened_by: ['new', 'in_progress', 'resolved', 'closed'],
  started_at: ['new', 'in_progress', 'resolved', 'closed'],
  first_reply_at: ['new', 'in_progress', 'resolved', 'closed'],
  waiting_since: ['new', 'in_progress'],
  closed_at: ['closed'],
  close: ['resolved', 'closed'],
  survey: ['new', 'in_progress', 'resolved', 'closed'],
  snoozed_until: ['new', 'in_progress'],
  episodes: ['new', 'in_progress', 'resolved', 'closed'],
};

/** What is wrong with a line whose fields are right one by one. @param now epoch milliseconds */
export function wrongTogether(line: ImportLine, now: number): WrongField[] {
  return [
    ...outOfPlace(line),
    ...wrongTimes(line, now),
    ...wrongTags('tags', line.tags),
    ...wrongSurvey(line),
    ...line.episodes.flatMap((e, i) => wrongTags(`episodes.${i}.tags`, e.tags)),
    ...wrongEpisodes(line),
    ...wrongAliases(line),
  ];
}

function outOfPlace(line: ImportLine): WrongField[] {
  return Object.entries(ONLY_IN).flatMap(([path, statuses]) => {
    const value = line[path as keyof ImportLine];
    return statuses.includes(line.status) || isNothing(value)
      ? []
      : [{ path, message: `is only for ${statuses.join(', ')}` }];
  });
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  return (
    typeof value === 'object' && Object.values(value).every((part) => part === null || part === undefined)
  );
}

/** These may lie ahead; all others have happened. */
const AHEAD = /(^|\.)(window_closes_at|expires_at|snoozed_until)$/;

function wrongTimes(line: ImportLine, now: number): WrongField[] {
  const wrong: WrongField[] = [];
  const look = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, part] of Object.entries(value)) look(part, path === '' ? key : `${path}.${key}`);
      return;
    }
    if (typeof value !== 'string' || !/_(at|since|until)$/.test(path)) return;
    const at = Date.parse(value);
    if (at < FIRST_MS || at > LAST_MS) wrong.push({ path, message: 'must be between 1970 and 9999' });
    else if (at > now && !AHEAD.test(path)) wrong.push({ path, message: 'must not be in the future' });
  };
  look(line, '');
  const { snoozed_until, started_at, closed_at } = line;
  const ahead = snoozed_until && Date.parse(snoozed_until) > now ? untilProblem(snoozed_until, now) : null;
  if (ahead) wrong.push({ path: 'snoozed_until', message: ahead });
  if (started_at && closed_at && Date.parse(closed_at) < Date.parse(started_at))
    wrong.push({ path: 'closed_at', message: 'must not be before started_at' });
  return wrong;
}

function wrongTags(path: string, tags: ImportLine['tags']): WrongField[] {
  const names = tags.map((tag) => tag.name);
  const twice = names.findIndex((tag, i) => names.indexOf(tag) !== i);
  return twice < 0 ? [] : [{ path: `${path}.${twice}.name`, message: 'is there twice' }];
}

function wrongAliases({ conversation, aliases = [] }: ImportLine): WrongField[] {
  return aliases.flatMap((alias, i) => {
    const path = `aliases.${i}`;
    if (alias === conversation) return [{ path, message: 'is the conversation itself' }];
    return aliases.indexOf(alias) < i ? [{ path, message: 'is there twice' }] : [];
  });
}

function wrongSurvey({ status, survey, episodes }: ImportLine): WrongField[] {
  const wrong: WrongField[] = [];
  if (status === 'resolved' && !survey)
    wrong.push({ path: 'survey', message: 'is needed while the status is resolved' });
  if (survey && (survey.state === 'pending') !== (status === 'resolved'))
    wrong.push({ path: 'survey.state', message: 'is pending while the status is resolved, and only then' });
  const named = [
    ...(survey ? [{ path: 'survey', of: survey }] : []),
    ...episodes.flatMap((e, i) => (e.survey ? [{ path: `episodes.${i}.survey`, of: e.survey }] : [])),
  ];
  for (const { path, of } of named) {
    if (of.state === 'answered' && !of.score)
      wrong.push({ path: `${path}.score`, message: 'is needed of an answered survey' });
    if (of.state === 'pending' && path !== 'survey')
      wrong.push({ path: `${path}.state`, message: 'must not be pending in an ended episode' });
  }
  return wrong;
}

function wrongEpisodes({ episodes }: ImportLine): WrongField[] {
  const wrong: WrongField[] = [];
  const numbers = new Set<number>();
  const names = new Set<string>();
  for (const [i, { episode, started_at, closed_at, survey }] of episodes.entries()) {
    if ((episode === undefined) !== (episodes[0]?.episode === undefined))
      wrong.push({ path: `episodes.${i}.episode`, message: 'must be there in all episodes or in none' });
    if (episode !== undefined && numbers.has(episode))
      wrong.push({ path: `episodes.${i}.episode`, message: 'is there twice' });
    if (Date.parse(closed_at) < Date.parse(started_at))
      wrong.push({ path: `episodes.${i}.closed_at`, message: 'must not be before started_at' });
    if (survey?.survey !== undefined && names.has(survey.survey))
      wrong.push({ path: `episodes.${i}.survey.survey`, message: 'is there twice' });
    if (episode !== undefined) numbers.add(episode);
    if (survey?.survey !== undefined) names.add(survey.survey);
  }
  return wrong;
}
