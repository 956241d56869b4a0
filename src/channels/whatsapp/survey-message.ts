import type { SurveyTexts } from '../../db/whatsapp-channels';
import type { Address } from './identity';
import { surveyReference } from './survey-reference';

const SCORES = [5, 4, 3, 2, 1];

function messageTo({ number, user_id }: Address, survey: string) {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(number === null ? { recipient: user_id } : { to: number }),
    biz_opaque_callback_data: surveyReference(survey),
  };
}

/** Buttons are at most three, so five answers are a list. */
export function listMessage(address: Address, survey: string, { text, button }: SurveyTexts) {
  const rows = SCORES.map((score) => ({
    id: surveyReference(survey, score),
    title: `${score} ${'★'.repeat(score)}`,
  }));
  const interactive = { type: 'list', body: { text }, action: { button, sections: [{ rows }] } };
  return { ...messageTo(address, survey), type: 'interactive', interactive };
}

/** @returns null if the channel has no template */
export function templateMessage(address: Address, survey: string, { template }: SurveyTexts) {
  if (!template) return null;
  const { name, language } = template;
  return {
    ...messageTo(address, survey),
    type: 'template',
    template: { name, language: { code: language } },
  };
}
