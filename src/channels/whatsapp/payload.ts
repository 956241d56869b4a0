/** What Meta sends, as events of conversations. Nothing here fails: what is not known is counted and left out. */
import { contactOf, profileOf, type Contact } from './identity';
import { partOf, partsOf, textOf, type Part } from './json';
import { readMessage } from './message';
import { isEventId, occurredAt } from './occurrence';
import type { Happening, Outcome, Undelivered } from './outcome';
import { readReference } from './survey-reference';

export interface Reading {
  /** in the order in which they came */
  happenings: Happening[];
  /** contacts with more than one identity about whom nothing else is said */
  seen: Contact[];
  undelivered: Undelivered[];
  /** how many parts of which kind became no event */
  left: Record<string, number>;
}

/**
 * @param payload the JSON of a request
 * @param number the channel's phone_number_id: what is another number's is left out
 * @param now epoch milliseconds
 */
export function readPayload(payload: unknown, number: string, now: number): Reading {
  const reading: Reading = { happenings: [], seen: [], undelivered: [], left: {} };
  const root = partOf(payload);
  if (root.object !== 'whatsapp_business_account') return counted(reading, 'foreign object');
  for (const change of partsOf(root.entry).flatMap((entry) => partsOf(entry.changes))) {
    const value = partOf(change.value);
    const of = partOf(value.metadata).phone_number_id;
    if (of !== undefined && of !== number) counted(reading, 'another number');
    else for (const outcome of changeOf(change.field, value, now)) take(reading, outcome);
  }
  return reading;
}

function take(reading: Reading, outcome: Outcome): void {
  if ('event' in outcome) {
    reading.happenings.push(outcome);
    return;
  }
  counted(reading, outcome.left);
  if ('undelivered' in outcome) reading.undelivered.push(outcome.undelivered);
  if ('seen' in outcome && outcome.seen.identities.length > 1) reading.seen.push(outcome.seen);
}

function counted(reading: Reading, kind: string): Reading {
  reading.left[kind] = (reading.left[kind] ?? 0) + 1;
  return reading;
}

function changeOf(field: unknown, value: Part, now: number): Outcome[] {
  switch (field) {
    case 'messages':
      return [
        ...partsOf(value.messages).map((message) => readMessage(message, value, now)),
        ...partsOf(value.statuses).map((status) => statusOf(status, value, now)),
        ...partsOf(value.errors).map(() => ({ left: 'error' })),
      ];
    case 'smb_message_echoes':
      return partsOf(value.message_echoes).map((echo) => echoOf(echo, value, now));
    case 'user_preferences':
      return partsOf(value.user_preferences).map((preference) => preferenceOf(preference, value, now));
    case 'user_id_update':
      return partsOf(value.user_id_update).map(changedUserId);
    default:
      return [{ left: typeof field === 'string' && /^\w{1,40}$/.test(field) ? field : 'unknown field' }];
  }
}

/** What was written on the phone itself. */
const NO_REPLY = new Set(['reaction', 'edit', 'revoke', 'system', 'unsupported', 'unknown', 'errors']);

function echoOf(echo: Part, value: Part, now: number): Outcome {
  const type = textOf(echo.type) ?? 'unknown';
  if (NO_REPLY.has(type)) return { left: `echo ${type}` };
  if (!isEventId(echo.id)) return { left: 'echo without id' };
  const profile = profileOf(value, echo.to, echo.to_user_id);
  const contact = contactOf(
    [echo.to, profile.wa_id],
    [echo.to_user_id, profile.user_id, echo.to_parent_user_id, profile.parent_user_id],
  );
  if (contact.identities.length === 0) return { left: 'echo to nobody' };
  const event = { id: echo.id, type: 'agent_reply' as const, agent: null, ...occurredAt(echo, now) };
  return { event, in: { contact } };
}

function preferenceOf(preference: Part, value: Part, now: number): Outcome {
  const { category, value: wanted, timestamp } = preference;
  const type = wanted === 'stop' ? 'opt_out' : wanted === 'resume' ? 'opt_in' : null;
  if (category !== 'marketing_messages' || type === null) return { left: 'preference' };
  const profile = profileOf(value, preference.wa_id, preference.user_id);
  const contact = contactOf(
    [preference.wa_id, profile.wa_id],
    [preference.user_id, profile.user_id, preference.parent_user_id, profile.parent_user_id],
  );
  if (contact.identities.length === 0) return { left: 'preference of nobody' };
  const id = `preference.${String(timestamp).slice(0, 20)}.${type}`;
  return { event: { id, type, ...occurredAt(preference, now) }, in: { contact } };
}

function changedUserId(update: Part): Outcome {
  const [user, parent] = [partOf(update.user_id), partOf(update.parent_user_id)];
  const old = contactOf([update.wa_id], [user.previous, parent.previous]);
  const present = contactOf([update.wa_id], [user.current, parent.current]);
  const identities = [...new Set([...old.identities, ...present.identities])];
  return { left: 'user_id_update', seen: { identities, address: present.address } };
}

/** Only the failure of a survey's message matters. */
function statusOf(status: Part, value: Part, now: number): Outcome {
  const kind = `status ${/^\w{1,20}$/.test(String(status.status)) ? String(status.status) : 'unknown'}`;
  if (status.status === 'failed') return undeliveredOf(status, kind, now);
  if (status.recipient_type === 'group') return { left: kind };
  const profile = profileOf(value, status.recipient_id, status.recipient_user_id);
  const seen = contactOf(
    [status.recipient_id, profile.wa_id],
    [status.recipient_user_id, profile.user_id, status.recipient_parent_user_id, profile.parent_user_id],
  );
  return { left: kind, seen: { ...seen, address: null } };
}

function undeliveredOf(status: Part, kind: string, now: number): Outcome {
  const code = partsOf(status.errors)[0]?.code;
  const reason = /^\d{1,10}$/.test(String(code)) ? String(code) : 'unknown';
  const reference = readReference(status.biz_opaque_callback_data);
  if (reference) return surveyFailed(reference, reason, occurredAt(status, now));
  const message_id = textOf(status.id);
  if (message_id === null) return { left: kind };
  return { left: kind, undelivered: { message_id, reason, ...occurredAt(status, now) } };
}

/** The event has the same id from each source, so it is applied once. */
export function surveyFailed(
  { survey, conversation }: { survey: string; conversation: string },
  reason: string,
  when: { occurred_at?: string } = {},
): Happening {
  const event = { id: `failed.${survey}`, type: 'survey_failed' as const, survey, reason, ...when };
  return { event, in: { conversation } };
}
