/** What webhooks and the stream tell, word for word the same. */
import type { Conversation } from './schema.ts';

type Status = Conversation['status'];
type Assignee = Conversation['assignee'];
type Agent = string | null;

/** The fields of its own of each type. */
interface Facts {
  'conversation.status_changed': { from: Status; to: Status; episode: number };
  'conversation.assigned': { from: Assignee; to: Assignee };
  'conversation.tags_changed': { added: string[]; removed: string[] };
  'conversation.snoozed': object;
  'conversation.unsnoozed': object;
  'conversation.archived': object;
  'conversation.unarchived': object;
  'episode.ended': { episode: number };
  'survey.requested': { survey: string; agent: Agent; expires_at: string | null };
  'survey.answered': { survey: string; agent: Agent; score: number; comment: string | null; late: boolean };
  'survey.failed': { survey: string; agent: Agent; reason: string };
  'survey.expired': { survey: string; agent: Agent };
  'flow.interrupted': { execution: string; by: 'agent_reply' | 'close' | 'flow_start' | 'timeout' };
}

export type ChangeType = keyof Facts;

interface Decision {
  account: string;
  inbox: string;
  seq: number;
  version: number;
  /** what caused it */
  event: { id: string; type: string; by: string | null };
  /** as it was at that decision */
  conversation: Conversation;
}

export type ChangeOf<T extends ChangeType> = {
  type: T;
  /** when it was decided */
  timestamp: string;
  data: Decision & Facts[T];
};

/** Told apart by its `type`. */
export type Change = { [T in ChangeType]: ChangeOf<T> }[ChangeType];
