/** Reads the recorded chats. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { objectId } from '../../src/domain/text';
import { OperatorError, errorCode, reason } from '../../src/runtime/operator-error';

const turn = z.object({
  conversation: objectId(),
  at: z.iso.datetime({ offset: true }),
  from: z.enum(['customer', 'agent']),
  who: z.string().min(1).max(128),
});

/** Somebody wrote. `at` in epoch milliseconds. */
export interface Turn {
  at: number;
  from: 'customer' | 'agent';
  who: string;
}

export interface Chat {
  conversation: string;
  /** in the order they were written */
  turns: Turn[];
}

/**
 * The first conversations of a file of turns: one JSON object a line, gzipped or not.
 * @throws OperatorError when there is no such file, or a line is not a turn
 */
export function readChats(file: string, atMost = Infinity): Chat[] {
  return chatsOf(contentOf(file), atMost);
}

/** @throws OperatorError that names the first line that is not a turn */
export function chatsOf(text: string, atMost = Infinity): Chat[] {
  const chats = new Map<string, Chat>();
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const { conversation, at, from, who } = turnOf(line, i + 1);
    const known = chats.get(conversation);
    if (!known && chats.size >= atMost) return;
    const chat = known ?? { conversation, turns: [] };
    chat.turns.push({ at: Date.parse(at), from, who });
    chats.set(conversation, chat);
  });
  return [...chats.values()].map((chat) => ({ ...chat, turns: inOrder(chat.turns) }));
}

/** Turns of the same minute keep their recorded order. */
function inOrder(turns: Turn[]): Turn[] {
  return [...turns].sort((a, b) => a.at - b.at);
}

function contentOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (gzipped ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'there is no such file' : reason(error);
    throw new OperatorError(`${file} cannot be read: ${why}`);
  }
}

function turnOf(line: string, number: number): z.infer<typeof turn> {
  try {
    return turn.parse(JSON.parse(line));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const why = issue ? `${issue.path.join('.') || 'line'}: ${issue.message}` : reason(error);
    throw new OperatorError(`line ${number} is not a turn of a chat (${why})`);
  }
}
