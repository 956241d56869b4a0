import { MOST_SURVEYS_NAMED, type Conversation, type Survey } from './conversation';
import { after } from './deadlines';
import type { Settings } from './settings';

type WithSurveys = Pick<
  Conversation,
  'conversation' | 'episode' | 'survey' | 'past_surveys' | 'survey_count'
>;

/** Whether a survey follows a close. The caller checks `skip_survey`, which is part of the event. */
export function asksSurvey(c: Conversation, { csat }: Settings, now: number): boolean {
  if (!csat.enabled || c.blocked || c.tags.some((t) => csat.skip_tags.includes(t.name))) return false;
  const pausedUntil = c.survey && after(c.survey.asked_at, csat.pause_seconds || null);
  return pausedUntil === null || now >= pausedUntil;
}

/** The next survey goes out, and the last one moves to `past_surveys`. */
export function askSurvey(c: WithSurveys, agent: string | null, settings: Settings, now: number) {
  const survey: Survey = {
    survey: `${c.conversation}.${c.survey_count + 1}`,
    episode: c.episode,
    state: 'pending',
    agent,
    asked_at: now,
    expires_at: after(now, settings.csat.timeout_seconds),
    score: null,
    comment: null,
    answered_at: null,
    late: false,
    failure: null,
  };
  return {
    survey,
    survey_count: c.survey_count + 1,
    past_surveys: surveysOf(c).slice(0, MOST_SURVEYS_NAMED - 1),
  };
}

/** The customer's answer. */
export interface Answer {
  score: number;
  comment?: string;
}

export function answered(survey: Survey, { score, comment }: Answer, now: number): Survey {
  return {
    ...survey,
    state: 'answered',
    score,
    comment: comment ?? null,
    answered_at: now,
    late: survey.state === 'expired',
  };
}

export function failed(survey: Survey, failure: string): Survey {
  return { ...survey, state: 'failed', failure };
}

export function expired(survey: Survey): Survey {
  return { ...survey, state: 'expired' };
}

/** A pending survey becomes superseded; any other stays as it is. */
export function superseded<S extends Survey | null>(survey: S): S {
  return survey?.state === 'pending' ? { ...survey, state: 'superseded' } : survey;
}

/** The surveys that can be named, newest first. */
export function surveysOf(c: WithSurveys): Survey[] {
  return c.survey ? [c.survey, ...c.past_surveys] : [];
}

/** The survey of an answer: the one that it names, or the last one. */
export function surveyNamed(c: Conversation, name: string | undefined): Survey | undefined {
  const surveys = surveysOf(c);
  return name === undefined ? surveys[0] : surveys.find((s) => s.survey === name);
}

/** The conversation with this survey replaced. */
export function withSurvey<C extends Conversation>(c: C, survey: Survey): C {
  const swap = (s: Survey) => (s.survey === survey.survey ? survey : s);
  return { ...c, survey: c.survey && swap(c.survey), past_surveys: c.past_surveys.map(swap) };
}
