/** Webhooks in the shapes that Meta documents. */

export const PHONE_NUMBER_ID = '106540352242922';
export const CUSTOMER = '16505551234';
export const USER_ID = 'US.13491208655302741918';
export const PARENT_ID = 'US.ENT.11815799212886844830';
/** 2026-11-25T08:00:00Z */
export const SENT_AT = 1_795_593_600;
export const NOW = SENT_AT * 1_000 + 2_000;

type Fields = Record<string, unknown>;

/** One change, as Meta wraps it. */
export function change(field: string, value: Fields): Fields {
  const metadata = { display_phone_number: '15550783881', phone_number_id: PHONE_NUMBER_ID };
  return { field, value: { messaging_product: 'whatsapp', metadata, ...value } };
}

export function webhook(...changes: Fields[]): Fields {
  return { object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes }] };
}

/** Several accounts of a business in one request. */
export function batch(...all: Fields[]): Fields {
  return { object: 'whatsapp_business_account', entry: all.flatMap((one) => one.entry as Fields[]) };
}

let made = 0;
const wamid = () => `wamid.HBgL${(made += 1).toString().padStart(6, '0')}`;

/** As it is since 2026: with the user's id beside the number. */
export function message(type: string, fields: Fields = {}): Fields {
  const about = { from: CUSTOMER, from_user_id: USER_ID, id: wamid(), timestamp: String(SENT_AT), type };
  return { ...about, ...fields };
}

const profile = { name: 'Sheena Nelson' };

export function incoming(...messages: Fields[]): Fields {
  const { from: wa_id, from_user_id: user_id } = messages[0] ?? {};
  return webhook(change('messages', { contacts: [{ profile, wa_id, user_id }], messages }));
}

/** A user who hides the number: nothing but the user's id says who it is. */
export function hidden(type: string, fields: Fields = {}): Fields {
  const { from: _, ...rest } = message(type, fields);
  const contacts = [{ profile: { ...profile, username: '@sheena' }, user_id: rest.from_user_id }];
  return webhook(change('messages', { contacts, messages: [rest] }));
}

export const text = (body: string, fields: Fields = {}) => message('text', { text: { body }, ...fields });

export function status(kind: string, fields: Fields = {}): Fields {
  const about = { id: wamid(), status: kind, timestamp: String(SENT_AT), recipient_id: CUSTOMER };
  return webhook(change('messages', { statuses: [{ ...about, ...fields }] }));
}

export function failed(code: number, fields: Fields = {}): Fields {
  const errors = [{ code, title: 'Message undeliverable', message: 'Message undeliverable' }];
  return status('failed', { errors, ...fields });
}

export function echo(type: string, fields: Fields = {}): Fields {
  const about = { from: '15550783881', to: CUSTOMER, id: wamid(), timestamp: String(SENT_AT), type };
  return webhook(change('smb_message_echoes', { message_echoes: [{ ...about, ...fields }] }));
}

export function preference(value: 'stop' | 'resume', fields: Fields = {}): Fields {
  const detail = `User requested to ${value} marketing messages`;
  const about = { wa_id: CUSTOMER, user_id: USER_ID, detail, category: 'marketing_messages', value };
  const contacts = [{ profile, wa_id: CUSTOMER, user_id: USER_ID }];
  return webhook(
    change('user_preferences', { contacts, user_preferences: [{ ...about, timestamp: SENT_AT, ...fields }] }),
  );
}

export function changedNumber(to: string, fields: Fields = {}): Fields {
  const body = `User Sheena Nelson changed from \u200e${CUSTOMER} to ${to}\u200e`;
  const system = { body, wa_id: to, type: 'user_changed_number', ...fields };
  const { from_user_id: _, ...rest } = message('system', { system });
  return webhook(change('messages', { messages: [rest] }));
}

/** The number is hidden before and after: the old user id is said in words alone. */
export function changedUserId(to: string): Fields {
  const body = `User Sheena Nelson changed from ${USER_ID} to ${to}`;
  const system = { body, user_id: to, type: 'user_changed_user_id' };
  const { from: _, from_user_id: __, ...rest } = message('system', { system });
  return webhook(change('messages', { messages: [rest] }));
}

export function updatedUserId(current: string): Fields {
  const about = { wa_id: CUSTOMER, detail: 'User id has been updated.', timestamp: String(SENT_AT) };
  const user_id_update = [{ ...about, user_id: { previous: USER_ID, current } }];
  return webhook(change('user_id_update', { user_id_update }));
}
