import { z } from 'zod';
import { findConversation } from '../../db/conversations';
import { FROM_THE_LAST } from '../../db/timeline';
import { readEpisodes } from '../../db/episodes';
import { exportPage, keptOf, KINDS_KEPT } from '../../db/exports';
import { conversationRecord } from '../../domain/record-schema';
import { ConcurrencyLimit } from '../core/concurrency-limit';
import { sendPieces } from '../core/line-writer';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { conversationParams, inboxParams, noQuery } from '../core/shapes';
import { unknownConversation } from './conversations';
import { importedLine } from './imports';
import { listedEpisode } from './episodes';
import type { Services } from './services';

/** Conversations in one piece of the stream: some hundred kilobytes. */
const LINES = 500;
/** Pieces read from the database at the same time by all exports, so that other requests get their turn. */
const PIECES_AT_ONCE = 2;

const row = z.record(z.string(), z.unknown());
const whole = named(
  'ExportedConversation',
  z.strictObject({
    conversation: conversationRecord,
    episodes: z.array(listedEpisode),
    ...(Object.fromEntries(KINDS_KEPT.map((kind) => [kind, z.array(row)])) as Record<
      (typeof KINDS_KEPT)[number],
      z.ZodArray<typeof row>
    >),
  }),
  { description: 'All that is kept of a conversation, as it stands in the tables of the service' },
);

export function exportOperations({ inboxes, aliases }: Services): Operation[] {
  const turns = new ConcurrencyLimit(PIECES_AT_ONCE);
  return [
    operation({
      name: 'export_inbox',
      tag: 'Import and export',
      method: 'get',
      path: '/v1/inboxes/:inbox/export',
      summary: 'Every conversation of an inbox, a line of JSON each, as an import takes them',
      scope: 'conversations:read',
      params: inboxParams,
      query: noQuery,
      answers: { 200: importedLine },
      streams: 'application/x-ndjson',
      async handle({ db, params: { inbox }, method, response }) {
        await inboxes.require(db, inbox);
        const read = (after: string) => turns.take(() => exportPage(db, inbox, after, LINES));
        await sendPieces(response, method === 'HEAD' ? () => Promise.resolve(null) : read);
        return null;
      },
    }),
    operation({
      name: 'export_conversation',
      tag: 'Import and export',
      method: 'get',
      path: '/v1/inboxes/:inbox/conversations/:conversation/export',
      summary: 'All that is kept of a conversation, its timeline and deliveries included',
      scope: 'conversations:read',
      params: conversationParams,
      query: noQuery,
      answers: { 200: whole },
      async handle({ db, params: { inbox, conversation: name } }) {
        const key = { account: db.account, inbox, conversation: name };
        const found = await aliases.find(key, (k) => findConversation(db, inbox, k.conversation));
        if (!found) throw unknownConversation(inbox, name);
        const { conversation } = found;
        const episodes = await readEpisodes(db, inbox, conversation, null, FROM_THE_LAST);
        const kept = await keptOf(db, inbox, conversation);
        return { status: 200, body: { conversation: found, episodes, ...kept } };
      },
    }),
  ];
}
