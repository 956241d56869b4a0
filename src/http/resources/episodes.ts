import { z } from 'zod';
import { readEpisodes } from '../../db/episodes';
import { conversationRecord, episodeRecord } from '../../domain/record-schema';
import { operation, type Operation } from '../core/operation';
import { named } from '../core/names';
import { conversationParams, nextPage, page, pageQuery, sameConversation } from '../core/shapes';
import { newestFirst } from './numbered-list';
import type { Services } from './services';

export const listedEpisode = named(
  'Episode',
  z.strictObject({ ...episodeRecord.shape, survey: conversationRecord.shape.survey }),
);
export const episodes = page('Episodes', listedEpisode);

export function episodeOperations({ aliases }: Services): Operation[] {
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
      handle: (asked) =>
        newestFirst(asked, {
          of: 'episodes',
          aliases,
          read: readEpisodes,
          numberOf: ({ episode }) => episode,
        }),
    }),
  ];
}
