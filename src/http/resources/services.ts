import type { Database } from '../../db/database';
import type { DecisionLookup } from '../../db/decision-lookup';
import type { Listener } from '../../db/listener';
import type { TemporalClient } from '../../temporal/client';
import type { KnownInboxes } from './known-inboxes';

/** What the resources work with, made once for the process. */
export interface Services {
  database: Database;
  listener: Listener;
  decisions: DecisionLookup;
  temporal: TemporalClient;
  inboxes: KnownInboxes;
}
