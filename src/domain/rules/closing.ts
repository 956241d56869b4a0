/** Work ends, is rated, and is taken up again. */
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

/** The work had ended already: its close facts stay. */
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

/** An answer to a survey nobody waits for any more. */
export function answerLater(c: Conversation, e: CsatAnswer, x: Context): Outcome {
  return answerLate(c, e.survey, e, x);
}

/** The channel read the text as a rating: it is the answer, and a word of the customer's all the same. */
export function ratePending(c: Resolved, e: Message, score: number, x: Context): Outcome {
  return applied(closedWith(heard(c, e, x.now), answered(c.survey, { score }, x.now), x));
}

/** A rating where a late answer would be taken is that answer; null where it would not, and is a message like any other. */
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

/** Words that came after the score. */
export function commentLater(c: Conversation, e: EventOf<'csat_comment'>, x: Context): Outcome {
  const survey = surveyNamed(c, e.survey);
  if (survey?.state !== 'answered') return refused('no_survey');
  if (!stillTaken(survey.answered_at, x)) return refused('survey_expired');
  if (survey.comment) return refused('survey_answered');
  return applied(withSurvey(c, { ...survey, comment: e.comment }));
}

/** @param from when the survey ran out, or was answered */
function stillTaken(from: number | null, { settings, now }: Context): boolean {
  const until = from === null ? null : after(from, settings.csat.late_answer_seconds);
  return until !== null && now < until;
}

/** It could not be delivered: nobody waits for an answer that cannot come. */
export function failPending(c: Resolved, e: EventOf<'survey_failed'>, x: Context): Outcome {
  if (e.survey !== undefined && e.survey !== c.survey.survey) return refused('no_survey');
  return applied(closedWith(c, failed(c.survey, e.reason), x));
}

export function surveyTimedOut(c: Resolved, _: TimerEvent, x: Context): Outcome {
  return applied(closedWith(c, expired(c.survey), x));
}

/** What ended the work stands, whatever became of the survey. */
function closedWith(c: Resolved, survey: Survey, { now }: Context): Closed {
  return toClosed({ ...c, survey }, c.close, now);
}

export function reopen(c: Resolved | Closed, _: EventOf<'reopen'>, { now }: Context): Outcome {
  return applied(toWork(c, 'in_progress', now));
}
