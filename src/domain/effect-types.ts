import type { Effect } from './effects';

const types = {
  'conversation.status_changed': true,
  'conversation.assigned': true,
  'conversation.tags_changed': true,
  'conversation.snoozed': true,
  'conversation.unsnoozed': true,
  'conversation.archived': true,
  'conversation.unarchived': true,
  'episode.ended': true,
  'survey.requested': true,
  'survey.answered': true,
  'survey.failed': true,
  'survey.expired': true,
  'flow.interrupted': true,
} satisfies Record<Effect['type'], true>;

/** All types of effect. */
export const EFFECT_TYPES = Object.keys(types) as Effect['type'][];
