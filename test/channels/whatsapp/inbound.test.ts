/** WhatsApp's webhooks over HTTP, with a worker that decides. */
import { randomUUID } from 'node:crypto';
import { Deciding } from '../../http/support/deciding';
import { isProblem } from '../../http/support/problem';
import { eventually } from '../../workflows/support/eventually';
import * as sent from './payloads';
import { Meta, SECRETS, signatureOf } from './support/meta';

let deciding: Deciding;

beforeAll(async () => void (deciding = await Deciding.start()));
afterAll(() => deciding.stop());

interface Item {
  conversation: string;
  status: string;
  version: number;
  unread: boolean;
  opted_out: boolean;
}

async function given(settings: object = {}) {
  const { api } = deciding;
  const inbox = await api.inbox(settings);
  const meta = await Meta.connected(api, inbox);
  const all = async () =>
    (await api.get(`/v1/inboxes/${inbox}/conversations?archived=any`)).body.items as unknown as Item[];
  const path = (c: Item) => `/v1/inboxes/${inbox}/conversations/${c.conversation}`;
  return {
    inbox,
    meta,
    all,
    /** The only conversation there is, once this holds. */
    only: (is: (c: Item) => boolean = () => true) =>
      eventually('the only conversation is so', async () => {
        const items = await all();
        return items.length === 1 && is(items[0]!) && items[0]!;
      }),
    timeline: async (c: Item) => (await api.get(`${path(c)}/timeline`)).body.items,
    decide: (c: Item, event: object) =>
      api.post(`${path(c)}/events`, { id: randomUUID(), ...event }, { headers: { Prefer: 'wait=10' } }),
    one: async (c: Item) => (await api.get(path(c))).body,
  };
}

/** A number nobody else has. */
let numbers = 0;
const number = () => `1650555${(numbers += 1).toString().padStart(4, '0')}`;
const from = (of: string, fields: object = {}) => ({ from: of, from_user_id: undefined, ...fields });

test('a message of a customer begins a conversation whose id says nothing of the number', async () => {
  const { meta, only, timeline } = await given();
  const customer = number();
  const message = sent.text('Where is my order?', from(customer));
  expect((await meta.sends(sent.incoming(message))).status).toBe(200);

  const c = await only((one) => one.status === 'new');
  expect(c).toMatchObject({ unread: true, version: 1 });
  expect(c.conversation).toMatch(/^wa_[\w-]{43}$/);
  expect(c.conversation).not.toContain(customer);
  expect(await timeline(c)).toMatchObject([
    { event: message.id, type: 'message', data: { kind: 'text', occurred_at: '2026-11-25T08:00:00.000Z' } },
  ]);
});

test('a webhook that comes again, and one that comes late, change nothing twice', async () => {
  const { meta, only, timeline } = await given();
  const customer = number();
  const [first, second] = [sent.text('a', from(customer)), sent.text('b', from(customer))];
  await meta.sends(sent.incoming(second));
  await meta.sends(sent.incoming(first));
  const again = await Promise.all([first, second, first].map((m) => meta.sends(sent.incoming(m))));
  expect(again.map((answer) => answer.status)).toEqual([200, 200, 200]);
  const c = await only((one) => one.version === 2);
  expect((await timeline(c)).map((entry) => entry.event)).toEqual([first.id, second.id]);
});

test('a batch of several customers comes to each of their conversations', async () => {
  const { meta, all } = await given();
  const batch = sent.batch(
    ...Array.from({ length: 20 }, () => {
      const customer = number();
      return sent.incoming(sent.text('a', from(customer)), sent.text('b', from(customer)));
    }),
  );
  expect((await meta.sends(batch)).status).toBe(200);
  await eventually('20 of two messages each', async () => {
    const items = await all();
    return items.length === 20 && items.every((c) => c.version === 2);
  });
});

test("a reply on the phone itself is an agent's whose name is not known", async () => {
  const { meta, only, timeline } = await given();
  const customer = number();
  await meta.sends(sent.incoming(sent.text('hello?', from(customer))));
  await meta.sends(sent.echo('text', { to: customer, text: { body: 'hi!' } }));
  const c = await only((one) => one.status === 'in_progress');
  expect((await timeline(c))[0]).toMatchObject({ type: 'agent_reply', data: { agent: null } });
});

test('who stops marketing messages is opted out, and who resumes is not', async () => {
  const { meta, only } = await given();
  const about = { wa_id: number(), user_id: undefined };
  const stop = sent.webhook(
    sent.change('user_preferences', {
      user_preferences: [
        { ...about, category: 'marketing_messages', value: 'stop', timestamp: sent.SENT_AT },
      ],
    }),
  );
  await meta.sends(stop);
  await only((c) => c.opted_out);
  await meta.sends(JSON.parse(JSON.stringify(stop).replace('"stop"', '"resume"')));
  await only((c) => !c.opted_out);
});

test('thanks after the close opens nothing, and a typed number answers the survey', async () => {
  const { meta, only, decide, timeline, one } = await given({ csat: { enabled: true } });
  const customer = number();
  await meta.sends(sent.incoming(sent.text('help', from(customer))));
  const c = await only();
  await decide(c, { type: 'close', agent: 'ana' });
  await meta.sends(sent.incoming(sent.text('Thank you! 🙏', from(customer))));
  await eventually('it is ignored', async () => (await timeline(c))[0]?.reason === 'courtesy');
  await meta.sends(sent.incoming(sent.text('5', from(customer))));
  await only((now) => now.status === 'closed');
  expect(await one(c)).toMatchObject({ survey: { state: 'answered', score: 5 } });
});

describe('Identity, privacy', () => {
  test("Brazil's ninth digit: two contacts, two threads (Mexico's 1 alike)", async () => {
    for (const [with_, without] of [
      ['5511987654321', '551187654321'],
      ['5215512345678', '525512345678'],
    ] as const) {
      const { meta, only } = await given();
      await meta.sends(sent.incoming(sent.text('a', from(with_))));
      await meta.sends(sent.incoming(sent.text('b', from(without))));
      await only((c) => c.version === 2);
    }
  });

  test('number may be absent since 2026: `user_id` only', async () => {
    const { meta, only } = await given();
    await meta.sends(sent.incoming(sent.text('a')));
    await meta.sends(sent.hidden('text', { text: { body: 'b' } }));
    await only((c) => c.version === 2);
  });

  test('one message counted twice under two identities of a contact', async () => {
    const { meta, only, timeline } = await given();
    await meta.sends(sent.incoming(sent.text('a')));
    const twice = sent.text('b');
    await meta.sends(sent.incoming({ ...twice, from_user_id: undefined }));
    await meta.sends(sent.hidden('text', { id: twice.id, text: { body: 'b' } }));
    await meta.sends(sent.incoming(sent.text('c')));
    const c = await only((one) => one.version === 3);
    expect(await timeline(c)).toHaveLength(3);
  });

  test('blocked contact still opens, notifies, is served by the bot', async () => {
    const { meta, only, decide, timeline } = await given();
    const customer = number();
    await meta.sends(sent.incoming(sent.text('a', from(customer))));
    const c = await only();
    await decide(c, { type: 'close', agent: 'ana' });
    await decide(c, { type: 'block' });
    await meta.sends(sent.incoming(sent.text('b', from(customer))));
    await eventually('it is recorded', async () => (await timeline(c))[0]?.reason === 'blocked');
    expect(await decide(c, { type: 'flow_start', flow: 'f', execution: 'x' })).toMatchObject({
      status: 409,
      body: { rule: 'blocked', conversation: { status: 'closed', unread: false } },
    });
  });

  test('a user id seen first, then with a number, then the number alone: one conversation', async () => {
    const { meta, only } = await given();
    await meta.sends(sent.hidden('text', { text: { body: 'a' } }));
    await meta.sends(sent.incoming(sent.text('b')));
    await meta.sends(sent.incoming(sent.text('c', { from_user_id: undefined })));
    await only((c) => c.version === 3);
  });

  test('number and user id seen together in a status alone belong together', async () => {
    const { meta, only } = await given();
    await meta.sends(sent.incoming(sent.text('a', { from_user_id: undefined })));
    await meta.sends(sent.status('delivered', { recipient_user_id: sent.USER_ID }));
    await meta.sends(sent.hidden('text', { text: { body: 'b' } }));
    await only((c) => c.version === 2);
  });

  test('after a change of number, of user id, and of both, it is the same conversation', async () => {
    const { meta, only } = await given();
    const [moved, later] = [number(), number()];
    await meta.sends(sent.incoming(sent.text('a')));
    await meta.sends(sent.changedNumber(moved));
    await meta.sends(sent.incoming(sent.text('b', from(moved))));
    await meta.sends(sent.changedUserId('US.2'));
    await meta.sends(sent.hidden('text', { from_user_id: 'US.2', text: { body: 'c' } }));
    await meta.sends(sent.updatedUserId('US.3'));
    await meta.sends(sent.incoming(sent.text('d', { from: later, from_user_id: 'US.3' })));
    await meta.sends(sent.incoming(sent.text('e', from(later))));
    await only((c) => c.version === 5);
  });

  test('each name of a contact leads to its conversation over the API too', async () => {
    const { meta, inbox, only, one } = await given();
    await meta.sends(sent.incoming(sent.text('a')));
    const c = await only();
    const { aliases } = await one({ ...c, conversation: `${c.conversation}/export` });
    const names = (aliases as { alias: string }[]).map(({ alias }) => alias);
    expect(names).toHaveLength(2); // of the number and of the user id
    for (const name of names) expect(await one({ ...c, conversation: name })).toMatchObject(await one(c));
    const [other = ''] = names.filter((name) => name !== c.conversation);
    const path = `/v1/inboxes/${inbox}/conversations/${other}/events`;
    const reply = { id: 'r', type: 'agent_reply', agent: 'ana' };
    await deciding.api.post(path, reply, { headers: { Prefer: 'wait=10' } });
    await only((now) => now.status === 'in_progress');
    const crm = await deciding.api.put(`/v1/inboxes/${inbox}/aliases/crm-7`, { conversation: other });
    expect(crm).toMatchObject({ status: 201, body: { conversation: c.conversation } });
  });

  test('two identities that became two conversations lead to the older one once they are seen together', async () => {
    const { meta, all } = await given();
    await meta.sends(sent.incoming(sent.text('a', { from_user_id: undefined })));
    await meta.sends(sent.hidden('text', { text: { body: 'b' } }));
    await meta.sends(sent.incoming(sent.text('c')));
    await meta.sends(sent.hidden('text', { text: { body: 'd' } }));
    await eventually('the older has three', async () => {
      const versions = (await all()).map((c) => c.version).sort();
      return versions.join() === '1,3';
    });
  });

  test('many webhooks at once of a contact nobody knew, under one identity or the other or both: one conversation', async () => {
    const { meta, only } = await given();
    await meta.sends(sent.status('read', { recipient_user_id: sent.USER_ID }));
    const kinds = [
      () => sent.incoming(sent.text('a')),
      () => sent.incoming(sent.text('b', { from_user_id: undefined })),
      () => sent.hidden('text', { text: { body: 'c' } }),
    ];
    const all = Array.from({ length: 12 }, (_, i) => meta.sends(kinds[i % 3]!()));
    expect((await Promise.all(all)).map((a) => a.status)).toEqual(all.map(() => 200));
    await only((c) => c.version === 12);
  });

  test('the same number in two inboxes has two ids, and nobody can tell that they are one', async () => {
    const [a, b] = [await given(), await given()];
    const customer = number();
    for (const { meta } of [a, b]) await meta.sends(sent.incoming(sent.text('a', from(customer))));
    expect((await a.only()).conversation).not.toBe((await b.only()).conversation);
  });

  test('what is kept of a contact holds no number: neither names nor the address can be read', async () => {
    const { meta, only, inbox } = await given();
    const customer = number();
    await meta.sends(sent.incoming(sent.text('a secret text', from(customer))));
    await only();
    for (const table of [
      'conversation_aliases',
      'whatsapp_contacts',
      'conversations',
      'timeline',
      'outbox',
      'whatsapp_channels',
    ]) {
      const { rows } = await deciding.api.pool.query(`SELECT * FROM ${table} WHERE inbox = $1`, [inbox]);
      expect([table, rows.length > 0]).toEqual([table, true]);
      expect(JSON.stringify(rows)).not.toMatch(
        new RegExp(`${customer}|secret text|${Object.values(SECRETS).join('|')}`),
      );
    }
  });
});

describe('bad input', () => {
  const unchanged = async (all: () => Promise<Item[]>) => expect(await all()).toEqual([]);

  test.each([
    ['none', null],
    ['another key', signatureOf('{}', 'wrong')],
    ['not hex', 'sha256=xyz'],
    ['SHA-1', 'sha1=aaaa'],
    ['too short', 'sha256=ab'],
  ])('a signature that is %s: 401, and nothing changes', async (_, signature) => {
    const { meta, all } = await given();
    const answer = await meta.sends(sent.incoming(sent.text('a')), { signature });
    expect(answer.status).toBe(401);
    isProblem(answer, 401);
    await unchanged(all);
  });

  test('a signature of another body, as one that was overheard: 401, and nothing changes', async () => {
    const { meta, all } = await given();
    const heard = signatureOf(JSON.stringify(sent.incoming(sent.text('a'))));
    expect((await meta.sends(sent.incoming(sent.text('b')), { signature: heard })).status).toBe(401);
    await unchanged(all);
  });

  test('a signature under the secret of before: 401 as soon as the secret is another', async () => {
    const { meta, all, inbox } = await given();
    await Meta.connected(deciding.api, inbox, { app_secret: 'app-secret-2' });
    expect((await meta.sends(sent.incoming(sent.text('a')))).status).toBe(401);
    await unchanged(all);
    expect((await meta.sends(sent.incoming(sent.text('a')), { secret: 'app-secret-2' })).status).toBe(200);
  });

  test('the signature is of the bytes: spaces and escapes in the JSON do no harm', async () => {
    const { meta, only } = await given();
    const body = JSON.stringify(sent.incoming(sent.text('ünï')), null, 3).replace('ü', '\\u00fc');
    expect((await meta.sends(body)).status).toBe(200);
    await only();
  });

  test.each(['', 'garbage', '{"object":', '\0'])('a signed body that is %j: 400', async (body) => {
    const { meta } = await given();
    const answer = await meta.sends(body);
    isProblem(answer, 400);
  });

  test.each([
    '[]',
    'null',
    '7',
    '{"object":"page","entry":[]}',
    '{"object":"whatsapp_business_account","entry":7}',
  ])(
    'signed JSON that is no webhook of ours (%s): 200, so that it does not come again, and nothing changes',
    async (body) => {
      const { meta, all } = await given();
      expect((await meta.sends(body)).status).toBe(200);
      await unchanged(all);
    },
  );

  test('1 MB in one batch is taken; more than Meta sends is 413; and garbage of that size is 401', async () => {
    const { meta, only } = await given();
    const large = sent.incoming(sent.text('x'.repeat(1_000_000)));
    expect((await meta.sends('x'.repeat(1_000_000), { signature: null })).status).toBe(401);
    expect((await meta.sends(large)).status).toBe(200);
    await only();
    expect((await meta.sends('x'.repeat(3_100_000))).status).toBe(413);
  });

  test.each(['nobody', 'wac_0123456789abcdef01234567', '%00', 'a%2Fb', '%zz'])(
    'an unknown channel (%s): 404 or 400',
    async (name) => {
      const path = `/v1/channels/whatsapp/${name}`;
      const answers = [
        await new Meta(deciding.api, path).sends('{}'),
        await deciding.api.get(`${path}?hub.mode=subscribe`, { key: null }),
      ];
      const expected = name === '%zz' ? 400 : 404;
      expect(answers.map((a) => a.status)).toEqual([expected, expected]);
    },
  );

  test('another method: 405', async () => {
    const { meta } = await given();
    const answer = await deciding.api.ask('PUT', meta.path, { key: null });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  test('compressed: 415, for the signature is of the bytes', async () => {
    const { meta } = await given();
    const headers = { 'Content-Encoding': 'gzip', 'X-Hub-Signature-256': signatureOf('{}') };
    expect((await deciding.api.ask('POST', meta.path, { key: null, headers, body: '{}' })).status).toBe(415);
  });
});

describe('the handshake', () => {
  const ask = (path: string, query: Record<string, string>) =>
    deciding.api.get(`${path}?${new URLSearchParams(query).toString()}`, { key: null });
  const right = {
    'hub.mode': 'subscribe',
    'hub.verify_token': SECRETS.verify_token,
    'hub.challenge': '1158201444',
  };

  test('with the token of the channel is answered with the challenge', async () => {
    const { meta } = await given();
    const answer = await ask(meta.path, right);
    expect([answer.status, answer.text]).toEqual([200, '1158201444']);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  });

  test('with another token: 403', async () => {
    const { meta } = await given();
    isProblem(await ask(meta.path, { ...right, 'hub.verify_token': 'guess' }), 403);
  });

  test.each(['hub.mode', 'hub.verify_token', 'hub.challenge'])(
    'without %s: 400 that names it',
    async (name) => {
      const { meta } = await given();
      const { [name as keyof typeof right]: _, ...rest } = right;
      const answer = await ask(meta.path, rest);
      isProblem(answer, 400);
      expect(answer.body.errors).toMatchObject([{ path: name }]);
    },
  );

  test('a challenge that is a page: 400', async () => {
    const { meta } = await given();
    isProblem(await ask(meta.path, { ...right, 'hub.challenge': '<script>' }), 400);
  });
});
