/** The rules of closing, of surveys and their answers, and of reopening. */
import type { Closed, CloseFacts, Conversation, InFlow, Open, Resolved, Survey } from '../conversation';
import { applied, ignored, refused, type Outcome } from '../decision';
import { after } from '../deadlines';
import type { EventOf, TimerEvent } from '../events';
import {
  answered,
  asksSurvey,
  expired,
  failed,
  superseded,
  surveyNamed,
  withSurvey,
  type Answer,
} from '../surveys';
import { heard, toClosed, toResolved, toWork, type Context } from '../transitions';

type Close = EventOf<'close'>;
type CsatAnswer = EventOf<'csat_answer'>;
type Message = EventOf<'message'>;

export function closeWork(c: Open | InFlow, e: Close, x: Context): Outcome {
  const facts: CloseFacts = {
    by: e.agent === null ? 'api' : 'agent',
    agent: e.agent,
    reason: e.reason ?? null,
  };
  const asks = !e.skip_survey && asksSurvey(c, x.settings, x.now);
  return applied(asks ? toResolved(c, facts, x) : toClosed(c, facts, x.now));
}

/** The work has ended already, so its close facts stay. */
export function closeResolved(c: Resolved, e: Close, x: Context): Outcome {
  if (!e.skip_survey) return ignored('no_change');
  return applied(closedWith(c, superseded(c.survey), x));
}

export function closeQuiet(c: Open, _: TimerEvent, x: Context): Outcome {
  const facts: CloseFacts = { by: 'auto_close', agent: null, reason: null };
  const asks = x.settings.csat.on_auto_close && asksSurvey(c, x.settings, x.now);
  return applied(asks ? toResolved(c, facts, x) : toClosed(c, facts, x.now));
}

export function answerPending(c: Resolved, e: CsatAnswer, x: Context): Outcome {
  if (e.survey !== undefined && e.survey !== c.survey.survey) return answerLater(c, e, x);
  return applied(closedWith(c, answered(c.survey, e, x.now), x));
}

/** An answer to a survey that is not pending any more. */
export function answerLater(c: Conversation, e: CsatAnswer, x: Context): Outcome {
  return answerLate(c, e.survey, e, x);
}

/** The channel read the text as a rating: it is the survey's answer, and also a message of the customer. */
export function ratePending(c: Resolved, e: Message, score: number, x: Context): Outcome {
  return applied(closedWith(heard(c, e, x.now), answered(c.survey, { score }, x.now), x));
}

/** A rating counts as a late answer if one would be applied. If not, null: it is a message like any other. */
export function rateLate(c: Closed, e: Message, score: number, x: Context): Outcome | null {
  const outcome = answerLate(heard(c, e, x.now), undefined, { score }, x);
  return outcome.verdict === 'applied' ? outcome : null;
}

function answerLate(c: Conversation, name: string | undefined, answer: Answer, x: Context): Outcome {
  const survey = surveyNamed(c, name);
  switch (survey?.state) {
    case undefined:
    case 'pending':
    case 'superseded':
    case 'failed':
      return refused('no_survey');
    case 'answered':
      return refused('survey_answered');
    case 'expired':
      return stillTaken(survey.expires_at, x)
        ? applied(withSurvey(c, answered(survey, answer, x.now)))
        : refused('survey_expired');
  }
}

/** A comment that came after the score. */
export function commentLater(c: Conversation, e: EventOf<'csat_comment'>, x: Context): Outcome {
  const survey = surveyNamed(c, e.survey);
  if (survey?.state !== 'answered') return refused('no_survey');
  if (!stillTaken(survey.answered_at, x)) return refused('survey_expired');
  if (survey.comment) return refused('survey_answered');
  return applied(withSurvey(c, { ...survey, comment: e.comment }));
}

/** @param from when the survey expired or was answered */
function stillTaken(from: number | null, { settings, now }: Context): boolean {
  const until = from === null ? null : after(from, settings.csat.late_answer_seconds);
  return until !== null && now < until;
}

/** The survey could not be delivered, so no answer can come. */
export function failPending(c: Resolved, e: EventOf<'survey_failed'>, x: Context): Outcome {
  if (e.survey !== undefined && e.survey !== c.survey.survey) return refused('no_survey');
  return applied(closedWith(c, failed(c.survey, e.reason), x));
}

export function surveyTimedOut(c: Resolved, _: TimerEvent, x: Context): Outcome {
  return applied(closedWith(c, expired(c.survey), x));
}

/** Closes with the facts of what ended the work, for any result of the survey. */
function closedWith(c: Resolved, survey: Survey, { now }: Context): Closed {
  return toClosed({ ...c, survey }, c.close, now);
}

export function reopen(c: Resolved | Closed, _: EventOf<'reopen'>, { now }: Context): Outcome {
  return applied(toWork(c, 'in_progress', now));
}
