import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Status } from '../src/domain/conversation';
import { SEARCH_ATTRIBUTES } from '../src/temporal/contract';
import type { ConversationKey } from '../src/domain/key';

const STATUS = defineSearchAttributeKey(SEARCH_ATTRIBUTES.status, SearchAttributeType.KEYWORD);
const INBOX = defineSearchAttributeKey(SEARCH_ATTRIBUTES.inbox, SearchAttributeType.KEYWORD);
const ACCOUNT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.account, SearchAttributeType.KEYWORD);

/** Upserted only when they change: each upsert is an event in the history. */
export function showInSearch({ account, inbox }: ConversationKey, status: Status): void {
  const shown = workflowInfo().typedSearchAttributes;
  if (shown.get(STATUS) === status) return;
  const whose =
    shown.get(INBOX) === inbox
      ? []
      : [
          { key: INBOX, value: inbox },
          { key: ACCOUNT, value: account },
        ];
  upsertSearchAttributes([{ key: STATUS, value: status }, ...whose]);
}
