/** How a message that we send says which survey it is: in what comes back with its statuses, and in its answers. */

const REFERENCE = /^csat:(([A-Za-z0-9_.:-]{1,64})\.[1-9]\d{0,8})(?::([1-5]))?$/;

export interface SurveyReference {
  survey: string;
  conversation: string;
  /** the answer that was chosen; null in the statuses of the survey's message */
  score: number | null;
}

export function surveyReference(survey: string, score?: number): string {
  return score === undefined ? `csat:${survey}` : `csat:${survey}:${score}`;
}

/** @returns null where it is somebody else's */
export function readReference(text: unknown): SurveyReference | null {
  const found = typeof text === 'string' ? REFERENCE.exec(text) : null;
  const [, survey, conversation, score] = found ?? [];
  if (survey === undefined || conversation === undefined) return null;
  return { survey, conversation, score: score === undefined ? null : Number(score) };
}
