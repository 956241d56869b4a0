import type { Effect } from './effects';

const types = {
  'conversation.status_changed': true,
  'conversation.archived': true,
  'survey.requested': true,
  'survey.answered': true,
  'flow.interrupted': true,
} satisfies Record<Effect['type'], true>;

/** Everything that the outside can be told of. */
export const EFFECT_TYPES = Object.keys(types) as Effect['type'][];
