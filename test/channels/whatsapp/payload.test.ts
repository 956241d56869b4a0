/** Every documented kind of webhook, and what it becomes. */
import { readPayload } from '../../../src/channels/whatsapp/payload';
import { surveyReference } from '../../../src/channels/whatsapp/survey-reference';
import * as sent from './payloads';

const { CUSTOMER, NOW, PARENT_ID, PHONE_NUMBER_ID, USER_ID } = sent;
const OCCURRED = '2026-11-25T08:00:00.000Z';
const read = (payload: unknown) => readPayload(payload, PHONE_NUMBER_ID, NOW);
const eventsOf = (payload: unknown) => read(payload).happenings.map(({ event }) => event);
const both = [`number:${CUSTOMER}`, `user:${USER_ID}`];
const SURVEY = 'wa_abc.1';

const one = (message: ReturnType<typeof sent.message>) => eventsOf(sent.incoming(message))[0];

test("a text becomes a message with WhatsApp's id and time, of the contact with all identities that are said", () => {
  const message = sent.text('Does it come in another colour?', { from_parent_user_id: PARENT_ID });
  expect(read(sent.incoming(message))).toEqual({
    happenings: [
      {
        event: { id: message.id, type: 'message', kind: 'text', occurred_at: OCCURRED },
        in: {
          contact: {
            identities: [...both, `user:${PARENT_ID}`],
            address: { number: CUSTOMER, user_id: USER_ID },
          },
        },
      },
    ],
    seen: [],
    undelivered: [],
    left: {},
  });
});

test.each([
  ...['image', 'video', 'audio', 'document', 'sticker'].map(
    (type) => [type, { [type]: { id: '1' } }] as const,
  ),
  ['location', { location: { latitude: 1, longitude: 2 } }] as const,
  [
    'contacts',
    { contacts: [{ name: { formatted_name: 'Bo' }, phones: [{ phone: '+1 650 555 9999' }] }] },
  ] as const,
])('%s becomes a message of kind media', (type, fields) => {
  expect(one(sent.message(type, fields))).toMatchObject({ type: 'message', kind: 'media' });
});

const ref = (score: number) => surveyReference(SURVEY, score);
const list = (id: string, title: string) =>
  sent.message('interactive', { interactive: { type: 'list_reply', list_reply: { id, title } } });
const button = (id: string, title: string) =>
  sent.message('interactive', { interactive: { type: 'button_reply', button_reply: { id, title } } });

test.each([
  ['a list reply', list('size-xl', 'XL')],
  ['a button reply', button('yes', 'Yes')],
  ["a template's button", sent.message('button', { button: { payload: 'more', text: 'Tell me more' } })],
  ['a completed flow', sent.message('interactive', { interactive: { type: 'nfm_reply', nfm_reply: {} } })],
  ['an order', sent.message('order', { order: { catalog_id: '1', product_items: [] } })],
])('%s becomes a message of kind interactive', (_, message) => {
  expect(one(message)).toEqual({
    id: message.id,
    type: 'message',
    kind: 'interactive',
    occurred_at: OCCURRED,
  });
});

test.each([
  ['list reply', list(ref(4), '★★★★')],
  ['button reply', button(ref(4), '4')],
  ["template's button", sent.message('button', { button: { payload: ref(4), text: '4' } })],
])("a %s of our survey becomes its answer, in the survey's conversation", (_, message) => {
  const [answer] = read(sent.incoming(message)).happenings;
  expect(answer).toEqual({
    event: { id: message.id, type: 'csat_answer', score: 4, survey: SURVEY, occurred_at: OCCURRED },
    in: { conversation: 'wa_abc' },
  });
});

test("a template's button that says no more than a number or stars is a rating", () => {
  const template = (text: string) => sent.message('button', { button: { payload: text, text } });
  expect(one(template('5'))).toMatchObject({ kind: 'interactive', rating: 5 });
  expect(one(template('⭐⭐'))).toMatchObject({ kind: 'interactive', rating: 2 });
});

test('a reaction becomes a message of its kind', () => {
  const reaction = { message_id: 'wamid.1', emoji: '👍' };
  expect(one(sent.message('reaction', { reaction }))).toMatchObject({ type: 'message', kind: 'reaction' });
});

test.each([
  ['reaction removed', sent.message('reaction', { reaction: { message_id: 'wamid.1' } })],
  ['reaction removed', sent.message('reaction', { reaction: { message_id: 'wamid.1', emoji: '' } })],
  ['edit', sent.message('edit', { edit: { original_message_id: 'wamid.1', message: { type: 'text' } } })],
  ['revoke', sent.message('revoke', { revoke: { original_message_id: 'wamid.1' } })],
  ['request_welcome', sent.message('request_welcome')],
  ['unsupported', sent.message('unsupported', { errors: [{ code: 131051 }] })],
  ['hologram', sent.message('hologram', { hologram: {} })],
  ['unknown', sent.message('no word: +1 650 555 1234')],
  ['group', sent.text('hello all', { group_id: 'g1' })],
  ['message without id', sent.text('x', { id: undefined })],
  ['message without id', sent.text('x', { id: 'x'.repeat(129) })],
  ['message of nobody', sent.text('x', { from: undefined, from_user_id: undefined })],
])('%s is no message, and is counted', (kind, message) => {
  expect(read(sent.incoming(message))).toMatchObject({ happenings: [], left: { [kind]: 1 } });
});

test('a contact who hides the number is known by the user id', () => {
  expect(read(sent.hidden('text', { text: { body: 'hi' } })).happenings).toMatchObject([
    { in: { contact: { identities: [`user:${USER_ID}`], address: { number: null, user_id: USER_ID } } } },
  ]);
});

test('of several contacts in one change each message finds its own', () => {
  const [a, b] = [sent.text('a'), sent.text('b', { from: '16505559999', from_user_id: undefined })];
  const contacts = [
    { wa_id: '16505559999', user_id: 'US.9' },
    { wa_id: CUSTOMER, user_id: USER_ID },
  ];
  const payload = sent.webhook(sent.change('messages', { contacts, messages: [a, b] }));
  const identities = read(payload).happenings.map((h) => 'contact' in h.in && h.in.contact.identities);
  expect(identities).toEqual([both, ['number:16505559999', 'user:US.9']]);
});

test("what is written on the phone's own app becomes a reply of somebody whose name is not known", () => {
  const payload = sent.echo('text', { text: { body: 'on our way' }, to_user_id: USER_ID });
  expect(read(payload).happenings).toMatchObject([
    {
      event: { type: 'agent_reply', agent: null, occurred_at: OCCURRED },
      in: { contact: { identities: both } },
    },
  ]);
});

test.each(['revoke', 'edit', 'reaction'])('an echo of type %s is no reply', (type) => {
  expect(read(sent.echo(type))).toMatchObject({ happenings: [], left: { [`echo ${type}`]: 1 } });
});

test('who stops marketing messages is opted out, and opted in by resuming; sent twice it is one event', () => {
  const [stop] = eventsOf(sent.preference('stop'));
  expect(stop).toMatchObject({ type: 'opt_out', occurred_at: OCCURRED });
  expect(eventsOf(sent.preference('stop'))).toEqual([stop]);
  expect(eventsOf(sent.preference('resume'))).toMatchObject([{ type: 'opt_in' }]);
  expect(eventsOf(sent.preference('stop', { category: 'games' }))).toEqual([]);
});

test("a failed status of our survey becomes survey_failed with WhatsApp's code; any other message's does not", () => {
  const ours = { biz_opaque_callback_data: surveyReference(SURVEY) };
  expect(read(sent.failed(131026, ours)).happenings).toMatchObject([
    { event: { type: 'survey_failed', survey: SURVEY, reason: '131026' }, in: { conversation: 'wa_abc' } },
  ]);
  expect(read(sent.failed(131026))).toMatchObject({
    happenings: [],
    undelivered: [{ reason: '131026', occurred_at: OCCURRED }],
    left: { 'status failed': 1 },
  });
  expect(eventsOf(sent.failed(131026, { biz_opaque_callback_data: 'order 7' }))).toEqual([]);
  expect(eventsOf(sent.status('delivered', ours))).toEqual([]);
});

test('a status says which user id belongs to a number', () => {
  expect(read(sent.status('delivered', { recipient_user_id: USER_ID })).seen).toEqual([
    { identities: both, address: null },
  ]);
});

test.each([
  ['another number', sent.changedNumber('16505550000'), [`number:${CUSTOMER}`, 'number:16505550000']],
  [
    'another number and user id',
    sent.changedNumber('16505550000', { user_id: 'US.2' }),
    [`number:${CUSTOMER}`, 'number:16505550000', 'user:US.2'],
  ],
  ['another user id, said in words', sent.changedUserId('US.2'), [`user:${USER_ID}`, 'user:US.2']],
  ['another user id', sent.updatedUserId('US.2'), [...both, 'user:US.2']],
])('a contact who has %s is seen under both, and nothing else happens', (_, payload, identities) => {
  const { happenings, seen } = read(payload);
  expect(happenings).toEqual([]);
  expect(seen.map((contact) => contact.identities)).toEqual([identities]);
});

test('a batch of several entries and changes comes out whole and in its order', () => {
  const [a, b, c] = [sent.text('a'), sent.text('b'), sent.text('c', { from: '16505559999' })];
  const payload = sent.batch(
    sent.incoming(a, b),
    sent.status('read'),
    sent.incoming(c),
    sent.preference('stop'),
  );
  expect(eventsOf(payload).map((event) => event.id)).toEqual([
    ...[a.id, b.id, c.id],
    expect.stringMatching(/^preference\./),
  ]);
});

test("another number's change is left out", () => {
  const foreign: unknown = JSON.parse(
    JSON.stringify(sent.incoming(sent.text('a'))).replaceAll(PHONE_NUMBER_ID, '1'),
  );
  expect(read(foreign)).toMatchObject({ happenings: [], left: { 'another number': 1 } });
});

test.each([
  ['in the future', sent.SENT_AT + 3_600],
  ['before 2000', 5],
  ['no time', 'soon'],
  ['missing', undefined],
])('a time that is %s is left out: then the arrival counts', (_, timestamp) => {
  const event = one(sent.text('a', { timestamp }));
  expect(event).toMatchObject({ type: 'message' });
  expect(event).not.toHaveProperty('occurred_at');
});

test.each([
  ...[null, 1, 'x', [], {}, { object: 'page', entry: [] }],
  { object: 'whatsapp_business_account' },
  { object: 'whatsapp_business_account', entry: 'x' },
  {
    object: 'whatsapp_business_account',
    entry: [null, { changes: [null, { field: 1 }, { field: 'messages' }] }],
  },
  sent.webhook(sent.change('messages', { messages: [null, 1, [], {}], contacts: 7, statuses: [{}] })),
  sent.webhook(sent.change('message_template_status_update', { event: 'APPROVED' })),
])('from %j nothing comes, and nothing breaks', (payload) => {
  expect(read(payload)).toMatchObject({ happenings: [], seen: [] });
});
