import { z } from 'zod';
import { objectId } from './text';

/** Names one conversation: the whole input of its workflow, and the key of its row. */
export interface ConversationKey {
  account: string;
  inbox: string;
  conversation: string;
}

const key = z.strictObject({ account: objectId(), inbox: objectId(), conversation: objectId() });

/** Whether a workflow's input names a conversation. */
export function isKey(input: unknown): input is ConversationKey {
  return key.safeParse(input).success;
}
