import type { z } from 'zod';
import type { eventSchemas, EventType } from '../../../src/domain/events';

type Input<T extends EventType> = z.input<ReturnType<(typeof eventSchemas)[T]>>;

/** The fields of an event, spelled as a caller spells them. */
export type Fields<T extends EventType> = T extends EventType ? Partial<Omit<Input<T>, 'type'>> : never;

/** Fields of an event that do not matter to the test. */
export const DEFAULT_FIELDS: {
  [T in EventType]: Omit<Input<T>, 'id' | 'type'>;
} = {
  message: {},
  agent_reply: { agent: 'ana' },
  automatic_message: {},
  flow_start: { flow: 'welcome', execution: 'x1' },
  flow_end: { execution: 'x1' },
  close: { agent: 'ana' },
  csat_answer: { score: 5 },
  csat_comment: { comment: 'quick' },
  survey_failed: { reason: '131026' },
  reopen: { agent: 'ana' },
  assign: { team: 'sales' },
  mark_read: {},
  mark_unread: {},
  tag_add: { tags: ['vip'] },
  tag_remove: { tags: ['vip'] },
  archive: {},
  unarchive: {},
  snooze: { until: '2026-01-01T00:00:00Z' },
  unsnooze: {},
  block: {},
  unblock: {},
  opt_out: {},
  opt_in: {},
};
