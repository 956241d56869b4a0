/** A contact under several names: what is said and asked under any of them is about one conversation. */
import { Deciding, type Conversation } from './support/deciding';
import { isProblem } from './support/problem';

let d: Deciding;
beforeAll(async () => void (d = await Deciding.start()));
afterAll(() => d.stop());

let made = 0;
const name = () => `other_${++made}`;
const put = (inbox: string, alias: string, conversation: string) =>
  d.api.put(`/v1/inboxes/${inbox}/aliases/${alias}`, { conversation });

/** A conversation that was begun, and another name of it. */
async function given(inbox = 'support'): Promise<{ c: Conversation; alias: string; path: string }> {
  const c = d.conversation(inbox);
  await c.decide({ id: 'first', type: 'message' });
  const alias = name();
  expect(await put(inbox, alias, c.id)).toMatchObject({ status: 201, body: { alias, conversation: c.id } });
  return { c, alias, path: `/v1/inboxes/${inbox}/conversations/${alias}` };
}

const decide = (path: string, event: object) =>
  d.api.post(`${path}/events`, event, { headers: { Prefer: 'wait=10' } });
const eventsOf = async (c: Conversation) => (await c.timeline()).map(({ event }) => event);

test('an event under another name is decided in the conversation, awaited or not, and sent again it gets its first answer', async () => {
  const { c, path } = await given();
  const reply = { id: 'r', type: 'agent_reply', agent: 'ana' };
  const answer = await decide(path, reply);
  expect(answer).toMatchObject({
    status: 200,
    body: { verdict: 'applied', conversation: { conversation: c.id, status: 'in_progress', version: 2 } },
  });
  expect((await decide(path, reply)).body).toEqual(answer.body);
  expect((await c.decide(reply)).body).toEqual(answer.body);
  expect((await decide(path, { ...reply, agent: 'ben' })).status).toBe(422);
  const snooze = { id: 's', type: 'snooze', until: new Date(Date.now() + 1_500).toISOString() };
  const snoozed = await decide(path, snooze);
  expect(snoozed.status).toBe(200);
  const later = await d.api.post(`${path}/events`, { id: 'm', type: 'message' });
  expect(later).toMatchObject({ status: 202 });
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  expect((await decide(path, snooze)).body).toEqual(snoozed.body); // its time is over by now
  expect(await eventsOf(c)).toEqual(['m', 's', 'r', 'first']);
  const listed = await d.api.all('/v1/inboxes/support/conversations?archived=any', 200);
  expect(listed.map((one) => one.conversation)).not.toContain(path.split('/').at(-1));
});

test('a conversation that rests is reached under another name', async () => {
  const { c, path } = await given();
  await c.decide({ id: 'c', type: 'close', agent: 'ana' });
  await c.rested();
  expect(await decide(path, { id: 'again', type: 'message' })).toMatchObject({
    status: 200,
    body: { conversation: { conversation: c.id, status: 'new', episode: 2 } },
  });
});

test('events of a batch are in the order given, whichever name they use', async () => {
  const { c, alias } = await given();
  const events = [
    [alias, { id: 'b1', type: 'agent_reply', agent: 'ana' }],
    [c.id, { id: 'b2', type: 'tag_add', tags: ['vip'] }],
    [alias, { id: 'b3', type: 'close', agent: 'ana' }],
  ].map(([conversation, event]) => ({ conversation, event }));
  const { body } = await d.api.post('/v1/inboxes/support/events', events, { headers: { Prefer: 'wait=10' } });
  expect(body).toMatchObject(
    events.map(() => ({ status: 200, body: { conversation: { conversation: c.id } } })),
  );
  expect(await eventsOf(c)).toEqual(['b3', 'b2', 'b1', 'first']);
});

test('every read of a conversation finds it under another name', async () => {
  const { c, alias, path } = await given();
  for (const suffix of ['', '?consistency=strong', '/timeline', '/episodes', '/export']) {
    const [under, own] = [await d.api.get(path + suffix), await d.api.get(c.path + suffix)];
    expect([suffix, under.status, under.body]).toEqual([suffix, 200, own.body]);
  }
  expect((await d.api.get(`${path}/export`)).body).toMatchObject({ aliases: [{ alias }] });
  const asked = { conversations: [alias, name()] };
  const eligible = await d.api.post('/v1/inboxes/support/broadcasts/eligibility', asked);
  expect(eligible.body).toMatchObject({
    eligible: [asked.conversations[1]],
    blocked: [{ conversation: alias, status: 'new', reason: 'conversation_open' }],
  });
  expect((await d.api.post('/v1/inboxes/support/contacts', { conversations: [alias] })).body).toEqual({
    created: 0,
    known: 1,
  });
  expect((await d.api.get(`/v1/inboxes/csat/conversations/${alias}`)).status).toBe(404);
});

test('a long timeline is read page by page under another name', async () => {
  const { c, path } = await given();
  for (const id of ['a', 'b', 'c']) await c.decide({ id, type: 'message' });
  const read = await d.api.all(`${path}/timeline`, 2);
  expect(read.map(({ event }) => event)).toEqual(['c', 'b', 'a', 'first']);
});

test('an event asks about other names only where none runs, in an inbox that has some', async () => {
  const [{ c }, inbox] = [await given(), await d.api.inbox()];
  await d.conversation(inbox).decide({ id: 'first', type: 'message' });
  const client = await d.api.pool.connect();
  await client.query('BEGIN; LOCK TABLE conversation_aliases IN ACCESS EXCLUSIVE MODE');
  try {
    for (const one of [c, d.conversation(inbox)])
      expect((await one.send({ id: 'm', type: 'message' }, { Prefer: 'wait=10' })).status).toBe(200);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});

test('there is never a chain: a name given as the conversation stands for where it leads, and what led to a name leads on', async () => {
  const { c, alias } = await given();
  const second = name();
  expect(await put('support', second, alias)).toMatchObject({ status: 201, body: { conversation: c.id } });
  const [unborn, toUnborn] = [name(), name()];
  await put('support', toUnborn, unborn);
  expect(await put('support', unborn, c.id)).toMatchObject({ status: 201 });
  const found = await d.api.get(`/v1/inboxes/support/conversations/${toUnborn}`);
  expect(found.body).toMatchObject({ conversation: c.id });
  expect(await put('support', alias, c.id)).toMatchObject({ status: 200, body: { conversation: c.id } });
});

test('a name may lead to another conversation from now on', async () => {
  const [{ alias, path }, other] = [await given(), d.conversation()];
  await other.decide({ id: 'o', type: 'message' });
  expect(await put('support', alias, other.id)).toMatchObject({ status: 200 });
  expect((await d.api.get(path)).body).toMatchObject({ conversation: other.id });
});

test.each([
  ['itself', 'alias_of_itself', (c: Conversation) => put('support', c.id, c.id)],
  [
    'a name of it',
    'alias_of_itself',
    async (c: Conversation) => {
      const unborn = name();
      await put('support', unborn, c.id);
      return put('support', c.id, unborn);
    },
  ],
])('a name cannot lead to %s: 409 %s', async (_, rule, ask) => {
  const c = d.conversation();
  const answer = await ask(c);
  isProblem(answer, 409);
  expect(answer.body.rule).toBe(rule);
});

test('a conversation with a life of its own leads to no other, also while its first event is on its way: 409', async () => {
  const [{ c, path }, other] = [await given(), d.conversation()];
  await other.decide({ id: 'o', type: 'message' });
  for (const known of [other.id, c.id]) {
    const answer = await put('support', known, known === c.id ? other.id : c.id);
    isProblem(answer, 409);
    expect(answer.body).toMatchObject({ rule: 'alias_is_conversation' });
  }
  expect((await d.api.get(path)).body).toMatchObject({ conversation: c.id });
});

test('an alias needs an inbox that is there, and names that are ids', async () => {
  expect((await put('nowhere', 'a', 'b')).status).toBe(404);
  for (const [alias, conversation] of [
    ['a b', 'c'],
    ['a', 'b/c'],
    ['a', ''],
  ] as const)
    expect((await put('support', encodeURIComponent(alias), conversation)).status).toBe(400);
});

test('it is erased under any of its names, and they lead to it no more', async () => {
  const { c, path } = await given();
  const { status, body } = await d.api.ask('DELETE', path);
  expect(status).toBe(202);
  const erasure = `/v1/erasures/${String(body.erasure)}`;
  while ((await d.api.get(erasure)).body.state !== 'done') await new Promise((r) => setTimeout(r, 200));
  for (const gone of [path, c.path]) expect((await d.api.get(gone)).status).toBe(404);
  expect(await decide(path, { id: 'first', type: 'message' })).toMatchObject({
    status: 200,
    body: { conversation: { conversation: path.split('/').at(-1), version: 1 } },
  });
});

test('an inbox is exported with the other names, and an import takes them', async () => {
  const inbox = await d.api.inbox();
  const { alias } = await given(inbox);
  const lines = (await d.api.get(`/v1/inboxes/${inbox}/export`)).text;
  expect(JSON.parse(lines)).toMatchObject({ aliases: [alias] });
  const to = await d.api.inbox();
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const imports = async (body: string) =>
    (await d.api.post(`/v1/inboxes/${to}/import`, body, { headers })).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
  expect(await imports(lines)).toMatchObject([{ imported: 1 }]);
  expect(await imports(lines)).toMatchObject([{ imported: 0, skipped: 1, refused: 0 }]);
  expect((await d.api.get(`/v1/inboxes/${to}/export`)).text).toBe(lines);
  expect((await d.api.get(`/v1/inboxes/${to}/conversations/${alias}`)).status).toBe(200);
  const taken = JSON.stringify({ conversation: 'x', status: 'new', aliases: [alias] });
  expect(await imports(taken)).toMatchObject([
    { line: 1, conversation: 'x', rule: 'alias_taken', errors: [{ path: 'aliases.0' }] },
    { refused: 1 },
  ]);
  expect(await imports(JSON.stringify({ conversation: alias, status: 'new' }))).toMatchObject([
    { skipped: 1 },
  ]);
});
