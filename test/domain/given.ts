/**
 * How these tests are written: given a conversation, when an event comes, then the decision is this. The
 * given conversation is frozen, so a rule that changes it in place fails the test.
 */
import type { Conversation, Timer } from '../../src/domain/conversation';
import { withDeadlines } from '../../src/domain/deadlines';
import { decide } from '../../src/domain/decide';
import type { Decision } from '../../src/domain/decision';
import type { Effect } from '../../src/domain/effects';
import {
  eventSchemas,
  TIMER_EVENTS,
  type AnyEvent,
  type EventOf,
  type EventType,
} from '../../src/domain/events';
import { settingsSchema, type Settings } from '../../src/domain/settings';
import { DAY, NOW } from './states';
import type { z } from 'zod';

export * from './states';

/** The fields of a tested event that do not matter to the test. */
const DEFAULT_FIELDS: { [T in EventType]?: Partial<EventOf<T>> } = {
  agent_reply: { agent: 'cleo' },
  flow_start: { flow: 'welcome', execution: 'x2' },
  flow_end: { execution: 'x1' },
  close: { agent: 'cleo' },
  csat_answer: { score: 5 },
  csat_comment: { comment: 'quick' },
  survey_failed: { reason: 'undeliverable' },
  reopen: { agent: 'cleo' },
  tag_add: { tags: ['refund'] },
  tag_remove: { tags: ['vip'] },
  snooze: { until: new Date(NOW + DAY).toISOString() },
};

/** Fields as in a request's body. */
export type Fields<T extends EventType> = T extends EventType
  ? Partial<Omit<z.input<ReturnType<(typeof eventSchemas)[T]>>, 'id' | 'type'>>
  : never;
export type Inbox = z.input<typeof settingsSchema>;
/** The fields that a conversation shows, in every status; null where the status does not have the field. */
type Shown = Partial<Record<keyof typeof ABSENT | (typeof SHOWN)[number], unknown>>;

const ABSENT = { flow: null, snoozed_until: null, close: null, closed_at: null };
const SHOWN = [
  'status', 'episode', 'unread', 'archived', 'assignee', 'tags', 'flow', 'survey',
  'snoozed_until', 'waiting_since', 'close', 'closed_at', 'blocked', 'opted_out',
] as const; // prettier-ignore

/** A decision, in the words of the tests. */
export type Told = Decision & {
  /** `applied`, or why not: `refused not_open` */
  says: string;
  /** the fields of {@link Shown} that changed, and no others */
  changes: Shown;
  /** the effects, in short, without those that only repeat {@link changes} */
  tells: string[];
  /** the same conversation after it */
  and: Given;
};

/** A conversation in an inbox at a time: `given(closed()).when('message')`. */
export class Given {
  constructor(
    readonly state: Conversation,
    readonly settings: Settings,
    readonly now: number,
  ) {
    frozen(state);
    frozen(settings);
  }

  at(now: number) {
    return new Given(this.state, this.settings, now);
  }

  later(ms: number) {
    return this.at(this.now + ms);
  }

  when<T extends EventType>(type: T, fields?: Fields<T>): Told {
    const event: unknown = eventSchemas[type]().parse({
      id: 'e_1',
      type,
      ...DEFAULT_FIELDS[type],
      ...fields,
    });
    return this.decide(event as EventOf<T>);
  }

  /** A timer comes due, by default on the deadline the conversation has now. */
  whenDue(timer: Timer, due_at = this.state.next?.due_at ?? this.now): Told {
    return this.decide({ id: '@timer', type: TIMER_EVENTS[timer], due_at });
  }

  whenSettings(inbox: Inbox): Told {
    const settings = settingsSchema.parse(inbox);
    const event = { id: '@settings', type: 'settings_changed', settings, settings_version: 2 } as const;
    return new Given(this.state, settings, this.now).decide(event);
  }

  private decide(event: AnyEvent): Told {
    const decision = decide(this.state, frozen(event), this.settings, this.now);
    return {
      ...decision,
      says: saying(decision),
      changes: changes(this.state, decision.state),
      tells: decision.effects.flatMap(short),
      and: new Given(decision.state, this.settings, this.now),
    };
  }
}

export function given(c: Conversation, inbox: Inbox = {}): Given {
  const settings = settingsSchema.parse(inbox);
  return new Given(withDeadlines(c, settings), settings, NOW);
}

function saying(d: Decision): string {
  if (d.verdict === 'applied') return d.verdict;
  return `${d.verdict} ${d.verdict === 'ignored' ? d.reason : d.rule}`;
}

function short(e: Effect): string[] {
  switch (e.type) {
    case 'conversation.status_changed':
    case 'conversation.assigned':
    case 'conversation.tags_changed':
    case 'conversation.snoozed':
    case 'conversation.unsnoozed':
    case 'conversation.unarchived':
    case 'episode.ended':
      return [];
    case 'flow.interrupted':
      return [`${e.type} ${e.execution} by ${e.by}`];
    case 'survey.requested':
    case 'survey.answered':
    case 'survey.failed':
    case 'survey.expired':
      return [`${e.type} ${e.survey}`];
    case 'conversation.archived':
      return [e.type];
  }
}

function changes(before: Conversation, after: Conversation): Shown {
  const [was, is] = [before, after].map((c) => ({ ...ABSENT, ...c }));
  const differs = SHOWN.filter((field) => JSON.stringify(was?.[field]) !== JSON.stringify(is?.[field]));
  return Object.fromEntries(differs.map((field) => [field, is?.[field]]));
}

/** Frozen at every depth, so writing to it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
