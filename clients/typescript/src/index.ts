export {
  Client,
  type AudienceQuery,
  type ClientOptions,
  type SendOptions,
  type WhatIfQuestion,
} from './client.ts';
export { InvalidWebhookError, ProblemError, UnreachableError } from './errors.ts';
export { type ImportedPart, type ImportQuery, type ImportSummary, type RefusedLine } from './import.ts';
export { type Outcome } from './outcome.ts';
export { type Change, type ChangeOf, type ChangeType } from './changes.ts';
export { type Streamed, type StreamOptions } from './stream.ts';
export { verifyWebhook, type TestMessage, type WebhookMessage } from './webhook.ts';
export type {
  AudienceLine,
  BulkQuestion,
  BulkResults,
  Conversation,
  Counts,
  Delivery,
  Eligibility,
  Episode,
  Event,
  Inbox,
  Key,
  NewKey,
  NewWebhook,
  paths,
  Problem,
  Settings,
  SettingsInput,
  Survey,
  TimelineEntry,
  Webhook,
  WhatIfLine,
} from './schema.ts';
