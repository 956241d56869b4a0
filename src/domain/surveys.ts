import type { Conversation, Survey } from './conversation';
import { after } from './deadlines';
import type { EventOf } from './events';
import type { Settings } from './settings';

const PAST_SURVEYS_KEPT = 10;

type WithSurveys = Pick<
  Conversation,
  'conversation' | 'episode' | 'survey' | 'past_surveys' | 'survey_count'
>;

/** The next survey goes out; the last one moves to the past. */
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
  };
  return {
    survey,
    survey_count: c.survey_count + 1,
    past_surveys: c.survey ? [c.survey, ...c.past_surveys].slice(0, PAST_SURVEYS_KEPT) : c.past_surveys,
  };
}

export function answered(survey: Survey, e: EventOf<'csat_answer'>, now: number): Survey {
  return {
    ...survey,
    state: 'answered',
    score: e.score,
    comment: e.comment ?? null,
    answered_at: now,
    late: survey.state === 'expired',
  };
}

export function expired(survey: Survey): Survey {
  return { ...survey, state: 'expired' };
}

/** A pending survey gives way; any other stays what it is. */
export function superseded<S extends Survey | null>(survey: S): S {
  return survey?.state === 'pending' ? { ...survey, state: 'superseded' } : survey;
}

/** The survey an answer is for: the one it names, or the last. */
export function surveyNamed(c: Conversation, name: string | undefined): Survey | undefined {
  const surveys = c.survey ? [c.survey, ...c.past_surveys] : [];
  return name === undefined ? surveys[0] : surveys.find((s) => s.survey === name);
}

/** The conversation with that one of its surveys replaced. */
export function withSurvey<C extends Conversation>(c: C, survey: Survey): C {
  const swap = (s: Survey) => (s.survey === survey.survey ? survey : s);
  return { ...c, survey: c.survey && swap(c.survey), past_surveys: c.past_surveys.map(swap) };
}
