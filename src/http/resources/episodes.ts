import { z } from 'zod';
import { readEpisodes } from '../../db/episodes';
import { conversationRecord, episodeRecord } from '../../domain/record-schema';
import { operation, type Operation } from '../core/operation';
import { named } from '../core/names';
import { conversationParams, nextPage, page, pageQuery, sameConversation } from '../core/shapes';
import { newestFirst, requireKnown } from './numbered-list';

export const listedEpisode = named(
  'Episode',
  z.strictObject({ ...episodeRecord.shape, survey: conversationRecord.shape.survey }),
);
export const episodes = page('Episodes', listedEpisode);

export function episodeOperations(): Operation[] {
  return [
    operation({
      name: 'list_episodes',
      method: 'get',
      path: '/v1/inboxes/:inbox/conversations/:conversation/episodes',
      tag: 'Conversations',
      summary: 'The episodes, newest first, the current one included',
      scope: 'conversations:read',
      params: conversationParams,
      query: pageQuery,
      answers: { 200: episodes },
      links: { list_episodes: { ...sameConversation, ...nextPage } },
      handle: ({ db, params: { inbox, conversation }, query }) =>
        newestFirst(`episodes/${inbox}/${conversation}`, query, {
          read: (before, limit) => readEpisodes(db, inbox, conversation, before, limit),
          numberOf: (episode) => episode.episode,
          check: () => requireKnown(db, inbox, conversation),
        }),
    }),
  ];
}
