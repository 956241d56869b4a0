import { conversationsOf } from '../../db/aliases';
import type { AccountDatabase, Database } from '../../db/database';
import type { SecretBox } from '../../db/secret-box';
import type { ReceivingChannel } from '../../db/whatsapp-channels';
import { addressOf, addressTags, keepAddresses } from '../../db/whatsapp-contacts';
import { surveysByMessage } from '../../db/whatsapp-surveys';
import type { Event } from '../../domain/events';
import type { RunningErasures } from '../../http/core/running-erasures';
import { ConcurrencyLimit } from '../../http/core/concurrency-limit';
import type { TemporalClient } from '../../temporal/client';
import type { Contact } from './identity';
import { Names } from './names';
import type { Happening, Undelivered } from './outcome';
import { readPayload, surveyFailed } from './payload';

/** Conversations to whose workflows this process sends at once. */
const SENT_AT_ONCE = 32;

export interface IntakeDeps {
  database: Database;
  temporal: TemporalClient;
  secrets: SecretBox;
  erasures: RunningErasures;
}

interface Sent {
  conversation: string;
  event: Event;
}

/** Takes in what WhatsApp sends. */
export class Intake {
  private readonly limit = new ConcurrencyLimit(SENT_AT_ONCE);

  constructor(private readonly deps: IntakeDeps) {}

  /**
   * Once this resolves Temporal holds every event. Taken in again, nothing happens twice: events keep their ids.
   * @returns how many parts of which kind became no event
   * @throws PostgresUnavailableError, TemporalUnavailableError, TemporalRefusedError, ConversationFullError, BeingErasedError
   */
  async take(channel: ReceivingChannel, payload: unknown, now: number): Promise<Record<string, number>> {
    const db = this.deps.database.of(channel.account);
    const { happenings, seen, undelivered, left } = readPayload(payload, channel.phone_number_id, now);
    const all = [...happenings, ...(await this.failuresOf(db, channel, undelivered))];
    const sent = await this.addressed(db, channel, all, seen);
    const { account, inbox } = channel;
    for (const { conversation } of sent)
      await this.deps.erasures.requireNone({ account, inbox, conversation });
    await Promise.all(
      [...lanesOf(sent)].map(([conversation, lane]) =>
        this.limit.take(async () => {
          for (const event of lane) await this.deps.temporal.signal({ account, inbox, conversation }, event);
        }),
      ),
    );
    return left;
  }

  private async failuresOf(
    db: AccountDatabase,
    { inbox }: ReceivingChannel,
    undelivered: Undelivered[],
  ): Promise<Happening[]> {
    if (undelivered.length === 0) return [];
    const surveys = await surveysByMessage(
      db,
      inbox,
      undelivered.map((u) => u.message_id),
    );
    return undelivered.flatMap(({ message_id, reason, ...when }) => {
      const survey = surveys.get(message_id);
      return survey ? [surveyFailed(survey, reason, when)] : [];
    });
  }

  /** Each event with its conversation. Who is seen under several identities is known by all of them from now on. */
  private async addressed(
    db: AccountDatabase,
    channel: ReceivingChannel,
    happenings: Happening[],
    seen: Contact[],
  ): Promise<Sent[]> {
    const names = new Names(channel.inbox_secret);
    const contacts = [...happenings.flatMap((h) => ('contact' in h.in ? [h.in.contact] : [])), ...seen];
    const groups = contacts.map((contact) => contact.identities.map((identity) => names.of(identity)));
    const found = await conversationsOf(db, channel.inbox, groups);
    const of = new Map(contacts.map((contact, i) => [contact, found[i] ?? '']));
    await this.keep(db, channel, names, of);
    return happenings.map((h) => ({
      conversation: 'contact' in h.in ? (of.get(h.in.contact) ?? '') : h.in.conversation,
      event: h.event,
    }));
  }

  /** How each contact is reached, where that has changed. The last word of a batch counts. */
  private async keep(
    db: AccountDatabase,
    { account, inbox }: ReceivingChannel,
    names: Names,
    contacts: Map<Contact, string>,
  ): Promise<void> {
    const addresses = new Map<string, { tag: string; text: string }>();
    for (const [{ address }, conversation] of contacts)
      if (address && (address.number ?? address.user_id) !== null)
        addresses.set(conversation, { tag: names.tagOf(address), text: JSON.stringify(address) });
    const kept = addresses.size === 0 ? null : await addressTags(db, inbox, [...addresses.keys()]);
    const changed = [...addresses].filter(([conversation, { tag }]) => kept?.get(conversation) !== tag);
    if (changed.length === 0) return;
    const seal = (text: string, conversation: string) =>
      this.deps.secrets.seal(text, addressOf(account, inbox, conversation));
    const sealed = changed.map(([conversation, { tag, text }]) => ({
      conversation,
      tag,
      address: seal(text, conversation),
    }));
    await keepAddresses(db, inbox, sealed);
  }
}

/** The events of each conversation, in the order in which they came. */
function lanesOf(sent: readonly Sent[]): Map<string, Event[]> {
  const lanes = new Map<string, Event[]>();
  for (const { conversation, event } of sent)
    lanes.set(conversation, [...(lanes.get(conversation) ?? []), event]);
  return lanes;
}
