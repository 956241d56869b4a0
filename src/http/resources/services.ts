import type { Database } from '../../db/database';
import type { DecisionLookup } from '../../db/decision-lookup';
import type { Listener } from '../../db/listener';
import type { SecretBox } from '../../db/secret-box';
import type { TemporalClient } from '../../temporal/client';
import type { PrivateAddresses } from '../../webhooks/addresses';
import type { RunningErasures } from '../core/running-erasures';
import type { KnownAliases } from './known-aliases';
import type { KnownInboxes } from './known-inboxes';
import type { Streams } from './stream';

/** How endpoints can be set up. */
export interface WebhookSettings {
  secrets: SecretBox;
  /** the addresses that they may have besides public ones */
  allowed: PrivateAddresses;
}

/** The services that the resources use, made once for the process. */
export interface Services {
  database: Database;
  listener: Listener;
  decisions: DecisionLookup;
  temporal: TemporalClient;
  inboxes: KnownInboxes;
  aliases: KnownAliases;
  erasures: RunningErasures;
  webhooks: WebhookSettings;
  streams: Streams;
}
