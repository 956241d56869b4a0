/** Who a contact is to WhatsApp. One person may have several identities, and several numbers may be written for one. */

import { partOf, partsOf, textOf, type Part } from './json';

/** `number:…` or `user:…`, in its canonical form. */
export type Identity = `number:${string}` | `user:${string}`;

/** How a contact is reached: as WhatsApp wrote it, not in canonical form. */
export interface Address {
  number: string | null;
  user_id: string | null;
}

/** All that one part of a payload says about one contact. */
export interface Contact {
  /** the first is the one that a new conversation is named by */
  identities: Identity[];
  /** null where the part does not say how the contact is reached from now on */
  address: Address | null;
}

/** The parts of a payload that may name a contact; what is missing or no text is left out. */
export function contactOf(numbers: unknown[], userIds: unknown[]): Contact {
  const known = numbers.map(digitsOf).filter((number) => number !== null);
  const users = userIds.filter((id): id is string => typeof id === 'string' && USER_ID.test(id));
  const identities: Identity[] = [
    ...known.map((number) => `number:${canonicalNumber(number)}` as const),
    ...users.map((id) => `user:${id}` as const),
  ];
  const address = { number: known[0] ?? null, user_id: users[0] ?? null };
  return { identities: [...new Set(identities)], address };
}

const USER_ID = /^[\w.:-]{1,160}$/;

function digitsOf(number: unknown): string | null {
  if (typeof number !== 'string') return null;
  const digits = number.replace(/[\s()+.-]/g, '');
  return /^[1-9]\d{4,19}$/.test(digits) ? digits : null;
}

/**
 * The one form of a number that is written in two. Brazil: mobile numbers got a ninth digit, a 9 before the eight, and WhatsApp
 * goes on to write older ones without it. Mexico: numbers were dialled from abroad with a 1 after 52.
 */
export function canonicalNumber(digits: string): string {
  const brazil = /^55(\d{2})([6-9]\d{7})$/.exec(digits);
  if (brazil) return `55${brazil[1]}9${brazil[2]}`;
  const mexico = /^521(\d{10})$/.exec(digits);
  if (mexico) return `52${mexico[1]}`;
  return digits;
}

/** The one of a value's contacts that a part is about, by either of its identities; the only one where it says neither. */
export function profileOf(value: Part, number: unknown, userId: unknown): Part {
  const contacts = partsOf(value.contacts);
  const is = (contact: Part) =>
    (textOf(number) !== null && contact.wa_id === number) ||
    (textOf(userId) !== null && contact.user_id === userId);
  const only = contacts.length === 1 && textOf(number) === null && textOf(userId) === null;
  return contacts.find(is) ?? (only ? partOf(contacts[0]) : {});
}
