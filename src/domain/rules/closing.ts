/** Work ends, is rated, and is taken up again. */
import type { Closed, CloseFacts, Conversation, InFlow, Open, Resolved, Survey } from '../conversation';
import { applied, ignored, refused, type Outcome } from '../decision';
import { after } from '../deadlines';
import type { EventOf, TimerEvent } from '../events';
import { answered, expired, superseded, surveyNamed, withSurvey } from '../surveys';
import { toClosed, toResolved, toWork, type Context } from '../transitions';

type Close = EventOf<'close'>;
type CsatAnswer = EventOf<'csat_answer'>;

export function closeWork(c: Open | InFlow, e: Close, x: Context): Outcome {
  const facts: CloseFacts = { by: 'agent', agent: e.agent, reason: e.reason ?? null };
  const asks = x.settings.csat.enabled && !e.skip_survey;
  return applied(asks ? toResolved(c, facts, x) : toClosed(c, facts, x.now));
}

/** The work had ended already: its close facts stay. */
export function closeResolved(c: Resolved, e: Close, { now }: Context): Outcome {
  if (!e.skip_survey) return ignored('no_change');
  return applied(toClosed({ ...c, survey: superseded(c.survey) }, c.close, now));
}

export function closeQuiet(c: Open, _: TimerEvent, x: Context): Outcome {
  const facts: CloseFacts = { by: 'auto_close', agent: null, reason: null };
  const { enabled, on_auto_close } = x.settings.csat;
  return applied(enabled && on_auto_close ? toResolved(c, facts, x) : toClosed(c, facts, x.now));
}

export function answerPending(c: Resolved, e: CsatAnswer, x: Context): Outcome {
  if (e.survey !== undefined && e.survey !== c.survey.survey) return answerLater(c, e, x);
  return applied(toClosed({ ...c, survey: answered(c.survey, e, x.now) }, c.close, x.now));
}

/** An answer to a survey nobody waits for any more. */
export function answerLater(c: Conversation, e: CsatAnswer, x: Context): Outcome {
  const survey = surveyNamed(c, e.survey);
  if (!survey || survey.state === 'superseded' || survey.state === 'pending') return refused('no_survey');
  if (survey.state === 'answered') return refused('survey_answered');
  if (!stillTaken(survey, x)) return refused('survey_expired');
  return applied(withSurvey(c, answered(survey, e, x.now)));
}

function stillTaken(survey: Survey, { settings, now }: Context): boolean {
  const until =
    survey.expires_at === null ? null : after(survey.expires_at, settings.csat.late_answer_seconds);
  return until !== null && now < until;
}

export function surveyTimedOut(c: Resolved, _: TimerEvent, { now }: Context): Outcome {
  return applied(toClosed({ ...c, survey: expired(c.survey) }, c.close, now));
}

export function reopen(c: Resolved | Closed, _: EventOf<'reopen'>, { now }: Context): Outcome {
  return applied(toWork(c, 'in_progress', now));
}
