/** A message of a customer, as an event. */
import type { EventOf } from '../../domain/events';
import { contactOf, profileOf, type Contact } from './identity';
import { partOf, textOf, type Part } from './json';
import { isEventId, occurredAt } from './occurrence';
import type { Happening, Outcome } from './outcome';
import { ratingIn, whatIsSaid } from './said';
import { readReference } from './survey-reference';

type What = Pick<EventOf<'message'>, 'kind' | 'rating'>;

const MEDIA = new Set([
  ...['image', 'video', 'audio', 'voice', 'document', 'sticker', 'media_placeholder'],
  ...['location', 'contacts'],
]);

export function readMessage(message: Part, value: Part, now: number): Outcome {
  const type = textOf(message.type) ?? 'unknown';
  if (type === 'system') return systemOf(message);
  if (message.group_id !== undefined) return { left: 'group' };
  const what = whatOf(type, message);
  if ('left' in what) return what;
  const { id } = message;
  if (!isEventId(id)) return { left: 'message without id' };
  const contact = senderOf(message, value);
  if (contact.identities.length === 0) return { left: 'message of nobody' };
  return answerOf(message, id, now) ?? { event: eventOf(id, what, message, now), in: { contact } };
}

function eventOf(id: string, { kind, rating }: What, message: Part, now: number): EventOf<'message'> {
  return { id, type: 'message', kind, ...(rating && { rating }), ...occurredAt(message, now) };
}

function senderOf(message: Part, value: Part): Contact {
  const profile = profileOf(value, message.from, message.from_user_id);
  return contactOf(
    [message.from, profile.wa_id],
    [message.from_user_id, profile.user_id, message.from_parent_user_id, profile.parent_user_id],
  );
}

function whatOf(type: string, message: Part): What | { left: string } {
  if (MEDIA.has(type)) return { kind: 'media' };
  switch (type) {
    case 'text':
      return whatIsSaid(textOf(partOf(message.text).body) ?? '');
    case 'interactive':
      return { kind: 'interactive', ...ratingOf(textOf(chosenIn(message).title)) };
    case 'button':
      return { kind: 'interactive', ...ratingOf(textOf(partOf(message.button).text)) };
    case 'order':
      return { kind: 'interactive' };
    case 'reaction':
      return textOf(partOf(message.reaction).emoji) ? { kind: 'reaction' } : { left: 'reaction removed' };
    default:
      return { left: /^\w{1,40}$/.test(type) ? type : 'unknown' };
  }
}

/** A template's button may say no more than a number or stars. */
function ratingOf(label: string | null): Pick<What, 'rating'> {
  const rating = label === null ? null : ratingIn(label);
  return rating === null ? {} : { rating };
}

function chosenIn(message: Part): Part {
  const { list_reply, button_reply } = partOf(message.interactive);
  return partOf(list_reply ?? button_reply);
}

/** What was chosen of our survey; null where it is a message like others. */
function answerOf(message: Part, id: string, now: number): Happening | null {
  const reference = readReference(chosenIn(message).id) ?? readReference(partOf(message.button).payload);
  if (!reference || reference.score === null) return null;
  const { survey, score, conversation } = reference;
  return {
    event: { id, type: 'csat_answer', score, survey, ...occurredAt(message, now) },
    in: { conversation },
  };
}

/** The customer has another number or user id now. The old one may be said in words alone. */
function systemOf(message: Part): Outcome {
  const system = partOf(message.system);
  const said = /changed from (\S+) to /.exec(textOf(system.body)?.replace(/[\u200e\u200f]/g, '') ?? '')?.[1];
  const before = contactOf(
    [message.from, said],
    [message.from_user_id, message.from_parent_user_id, system.previous_user_id, isScoped(said)],
  );
  const after = contactOf([system.wa_id, system.new_wa_id], [system.user_id, system.parent_user_id]);
  const identities = [...new Set([...before.identities, ...after.identities])];
  return { left: 'system', seen: { identities, address: after.address } };
}

/** A user id of a business, such as US.13491208655302741918. */
function isScoped(word: string | undefined): string | undefined {
  return word !== undefined && /^[A-Z]{2}\.(?:ENT\.)?\w+$/.test(word) ? word : undefined;
}
