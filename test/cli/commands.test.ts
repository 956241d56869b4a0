/** Each command against a service that decides. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { World } from '../webhooks/support/world';
import { Receiver } from '../webhooks/support/receiver';
import { eventually } from '../workflows/support/eventually';
import { Terminal } from './terminal';

let world: World;
let terminal: Terminal;

beforeAll(async () => {
  world = await World.start();
  terminal = new Terminal({ API_URL: world.api.url, API_KEY: world.api.key });
});
afterAll(() => world.stop());

/** On a busy machine a decision may take longer than the wait: the same id again. */
async function decided(line: string) {
  for (;;) {
    const printed = await terminal.type(line);
    if (!printed.out.startsWith('accepted')) return printed;
  }
}

describe('send', () => {
  test('says what was decided, and what comes next', async () => {
    const sent = await decided('send csat c_1 agent_reply agent=ana --id r1');
    expect(sent).toMatchObject({ code: 0, err: '', out: 'applied  in_progress · ana · nothing is due\n' });
    expect(await decided('send csat c_1 tag_add tags=refund,urgent --id t1')).toMatchObject({ code: 0 });
    expect((await decided('send csat c_1 close agent=ana --id x1')).out).toMatch(
      /^applied {2}resolved · ana · next: csat_timeout in (24 h|1 day)\n$/,
    );
    expect((await decided('send csat c_1 csat_answer score=5 --id a1')).out).toMatch(/^applied {2}closed/);
    expect((await decided('send csat c_1 mark_read --id mr')).out).toMatch(/^ignored no_change {2}closed/);
  });

  test('a refusal names its rule and ends with 1', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const refused = await decided(`send csat c_1 snooze until=${tomorrow} --id z1`);
    expect(refused).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^refused not_open {2}closed/) as string,
    });
  });

  test('without waiting it is accepted', async () => {
    expect(await terminal.json('send support c_2 message --id m1 --wait 0')).toEqual({ event: 'm1', verdict: 'accepted' }); // prettier-ignore
  });

  test.each([
    ['a type that is none', 'send support c_2 mesage', /type/],
    ['a field that is none', 'send support c_2 message agent=ana', /agent/],
    ['what is no field', 'send support c_2 message agent', /agent is not field=value/],
    ['a wait that is too long', 'send support c_2 message --wait 11', /from 0 to 10/],
    ['a missing argument', 'send support', /missing required argument/],
  ])('%s ends with 2', async (_, line, why) => {
    expect(await terminal.type(line)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(why) as string,
    });
  });
});

test('what-if says what other settings would have decided, and would change now', async () => {
  await decided('send csat w_1 agent_reply agent=ana');
  await decided('send csat w_1 close agent=ana');
  const { out, err, code } = await terminal.type('what-if csat csat.enabled=false --from 2026-01-01');
  expect([code, out]).toEqual([0, expect.stringMatching(/^survey_sent +\d+ +0 +\d+ +0$/m)]);
  expect(out).toMatch(/w_1 {2}survey_sent .*was: applied resolved; would be: applied closed$/m);
  expect(err).toMatch(/^\d+ of \d+ conversations/);
  const now = await terminal.type('what-if csat csat.timeout_seconds=60');
  expect(now.out).toMatch(/^csat_timeout +0 +0 +[1-9]\d* +0$/m);
  expect(await terminal.type('what-if csat csat.enabled=maybe')).toMatchObject({ code: 2, out: '' });
  expect(await terminal.type('what-if csat --from soon')).toMatchObject({ code: 2, out: '' });
});

describe('show and explain', () => {
  test('the inboxes, one of them, one conversation', async () => {
    await decided('send support c_3 assign agent=bo --id a1');
    await decided('send support c_3 message --id m1 --wait 10');
    expect((await terminal.type('show')).out).toMatch(/^inbox +conversations[^]*^support +\d/m);
    expect((await terminal.type('show support --status new')).out).toMatch(/c_3 • +new +/);
    const { out } = await terminal.type('show support c_3');
    expect(out).toMatch(/^status +new, unread$/m);
    expect(out).toMatch(/^\d+ +.* +m1 +message +– +applied +new$/m);
    const { conversation, timeline } = await terminal.json<{ conversation: object; timeline: object[] }>(
      'show support c_3',
    );
    expect(conversation).toMatchObject({ conversation: 'c_3', status: 'new' });
    expect(timeline[0]).toMatchObject({ event: 'm1', verdict: 'applied' });
  });

  test('explain says why, for whom it waits, and what comes by itself', async () => {
    await decided('send csat c_4 message --id m1 --wait 10');
    expect((await terminal.type('explain csat c_4')).out).toMatch(
      /^c_4 is new: message \(m1\) made it so .*\nThe customer waits for an agent, since .*; it is assigned to nobody\.\nNothing happens by itself: auto_close.after_seconds is off\.\nA broadcast may not reach it: conversation_open\.\n/,
    );
    await decided('send csat c_4 close agent=ana --id x1');
    expect((await terminal.type('explain csat c_4')).out).toMatch(
      /is resolved: close by ana \(x1\)[^]*By itself: csat_timeout .* because csat.timeout_seconds is 86400/,
    );
  });

  test.each(['show support c_unknown', 'show nowhere', 'explain support c_unknown'])(
    '%s: 1',
    async (line) => {
      expect(await terminal.type(line)).toMatchObject({
        code: 1,
        err: expect.stringContaining('404') as string,
      });
    },
  );
});

test('watch tells what is decided until it is ended, and that is no failure', async () => {
  const end = new AbortController();
  const heard: string[] = [];
  const watching = terminal.type('watch support --conversation c_5', end.signal, (line) => heard.push(line));
  await eventually('it watches', () => Promise.resolve(heard.length > 0));
  await decided('send support c_6 message --id m1 --wait 10');
  await decided('send support c_5 message --id m1 --wait 10');
  await eventually('it is told', () => Promise.resolve(heard.length > 1));
  end.abort();
  const { code, out } = await watching;
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/^\d\d:\d\d:\d\d +c_5 +not_contacted → new +\(message\)\n$/),
  ]);
});

test('keys: a key is made, may do what it was given, and is revoked', async () => {
  const made = await terminal.json<{ key: string; key_id: string }>(
    'keys add reader --scopes conversations:read',
  );
  const reader = new Terminal({ API_URL: world.api.url, API_KEY: made.key });
  expect(await reader.type('show')).toMatchObject({ code: 0 });
  const forbidden = await reader.type('send support c_7 message');
  expect(forbidden).toMatchObject({ code: 4, err: expect.stringContaining('keys add') as string });
  expect((await terminal.type('keys')).out).toMatch(
    new RegExp(`^${made.key_id} +reader +conversations:read`, 'm'),
  );
  expect((await terminal.type('keys')).out).not.toContain(made.key);
  expect(await terminal.type(`keys revoke ${made.key_id}`)).toMatchObject({ code: 0 });
  await eventually('it is let in no more', async () => (await reader.type('show')).code === 4);
  expect(await terminal.type(`keys revoke ${made.key_id}`)).toMatchObject({ code: 1 });
  expect(await terminal.type('keys add nothing --scopes fly')).toMatchObject({ code: 2 });
});

test('webhooks: an endpoint is added, tried, paused, resumed and removed', async () => {
  const receiver = await Receiver.start();
  const { webhook, secret } = await terminal.json<{ webhook: string; secret: string }>(`webhooks add ${receiver.url} --types episode.ended`); // prettier-ignore
  expect(secret).toMatch(/^whsec_/);
  expect((await terminal.type(`webhooks test ${webhook}`)).code).toBe(0);
  await eventually('it is told', () => Promise.resolve(receiver.received.length === 1));
  await eventually('that is seen', async () =>
    /webhook\.test +– +delivered +1 +204/.test((await terminal.type(`webhooks deliveries ${webhook}`)).out),
  );
  expect((await terminal.type(`webhooks pause ${webhook}`)).out).toBe(`${webhook} is paused.\n`);
  const doctor = await terminal.type('doctor');
  expect(doctor.out).toMatch(
    new RegExp(`^! webhooks +${webhook} .* is paused\n.*fix: .*webhooks resume ${webhook}`, 'm'),
  );
  expect((await terminal.type(`webhooks resume ${webhook}`)).out).toBe(`${webhook} is active.\n`);
  expect((await terminal.type(`webhooks rotate ${webhook}`)).out).toMatch(/^whsec_/);
  const [{ delivery }] = (await terminal.json<{ items: { delivery: string }[] }>(`webhooks deliveries ${webhook}`)).items as [{ delivery: string }]; // prettier-ignore
  expect(await terminal.json(`webhooks redeliver ${webhook} ${delivery}`)).toEqual({ redelivered: 1 });
  expect(await terminal.type(`webhooks redeliver ${webhook}`)).toMatchObject({ code: 2 });
  expect(await terminal.type(`webhooks remove ${webhook}`)).toMatchObject({ code: 0 });
  expect((await terminal.type('webhooks')).out).toBe('There is none.\n');
  await receiver.stop();
});

describe('import', () => {
  let folder: string;
  const file = (name: string, lines: (object | string)[]) => {
    const at = path.join(folder, name);
    writeFileSync(
      at,
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
    return at;
  };
  const closed = (conversation: string) => ({
    conversation,
    status: 'closed',
    closed_at: '2026-01-31T09:00:00Z',
  });
  beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'conversation-import-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('says how many came, and of each line that is refused why; a second run knows them', async () => {
    const some = file('some', [
      closed('i_1'),
      '{"conversation":',
      '',
      { ...closed('i_2'), colour: 'red' },
      closed('i_3'),
    ]);
    const dry = await terminal.type(`import support ${some} --dry-run`);
    expect([dry.code, dry.out]).toEqual([
      1,
      expect.stringContaining('2 would be imported, 0 known before, 2 refused'),
    ]);
    const first = await terminal.type(`import support ${some}`);
    expect(first).toMatchObject({ code: 1, err: '' });
    expect(first.out).toBe(
      'line 2 is not valid JSON\nline 4 i_2: colour is not known here\n2 imported, 0 known before, 2 refused\n',
    );
    expect((await terminal.type('show support i_3')).out).toMatch(/^status +closed/m);
    const again = file('again', [closed('i_1'), closed('i_3')]);
    expect(await terminal.json(`import support ${again}`)).toEqual({
      imported: 0,
      skipped: 2,
      refused: 0,
      due_at_once: 0,
    });
    const refused = await terminal.type(`--json import support ${again} --on-conflict refuse`);
    expect(refused.code).toBe(1);
    expect(
      refused.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      { line: 1, conversation: 'i_1', rule: 'conversation_known' },
      { line: 2, conversation: 'i_3', rule: 'conversation_known' },
      { imported: 0, skipped: 0, refused: 2, due_at_once: 0 },
    ]);
  });

  test('a long file goes in parts, behind a bar; a refused line has its place in the file', async () => {
    const drawn = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 80,
    }) as unknown as NodeJS.WriteStream;
    const screen = new Terminal({ API_URL: world.api.url, API_KEY: world.api.key }, drawn);
    const lines = Array.from({ length: 15_000 }, (_, i) => ({
      ...closed(`long_${i}`),
      started_at: '2026-01-01T09:00:00Z',
    }));
    const long = file('long', [...lines, '{}']);
    const { code, out } = await screen.type(`import support ${long}`);
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^line 15001 [^]*\n15000 imported, 0 known before, 1 refused\n$/),
    ]);
    drawn.end();
    expect(await text(drawn)).toMatch(/support +█[^]* 100% /);
  }, 60_000);

  test('a line without an end, a file that is none, an inbox that is none', async () => {
    const endless = file('endless', ['[' + ' '.repeat(2_200_000)]);
    expect(await terminal.type(`import support ${endless}`)).toMatchObject({ code: 2, err: expect.stringContaining('NDJSON') as string }); // prettier-ignore
    expect(await terminal.type(`import support ${folder}`)).toMatchObject({ code: 2, out: '' });
    expect(await terminal.type('import support /no/file')).toMatchObject({ code: 2, err: expect.stringContaining('/no/file cannot be read') as string }); // prettier-ignore
    expect(await terminal.type(`import nowhere ${file('one', [closed('i_9')])}`)).toMatchObject({ code: 1 });
    expect(await terminal.type(`import support ${folder}/one --on-conflict guess`)).toMatchObject({
      code: 2,
    });
  });
});

describe('doctor', () => {
  test('names every part, and what the key may do', async () => {
    const { out } = await terminal.type('doctor');
    expect(out).toMatch(/^✓ API +answers at http/m);
    for (const part of ['temporal', 'worker', 'postgres'])
      expect(out).toMatch(new RegExp(`^[✓✗?] ${part} `, 'm'));
    for (const part of ['tasks', 'timers', 'conversations', 'signals', 'outbox'])
      expect(out).toMatch(new RegExp(`^✓ ${part} `, 'm'));
    expect(out).toMatch(/^✓ key +may conversations:read, events:write/m);
    const some = new Terminal({ API_URL: world.api.url, API_KEY: await world.api.addKey(['events:write']) });
    expect((await some.type('doctor')).out).toMatch(
      /^✓ key +may events:write \(API_KEY\); not conversations:read.*, data:erase/m,
    );
  });

  test('what is wrong comes with its fix and a code of its own', async () => {
    const nobody = new Terminal({ API_URL: world.api.url, API_KEY: 'unknown' });
    expect(await nobody.type('doctor')).toMatchObject({
      code: 4,
      out: expect.stringMatching(/^✗ key .*\n +fix: /m) as string,
    });
    const nowhere = new Terminal({ API_URL: 'http://127.0.0.1:9', API_KEY: 'k' });
    expect(await nowhere.type('doctor')).toMatchObject({ code: 3, out: expect.stringMatching(/^✗ API .*nothing answers.*\n +fix: /) as string }); // prettier-ignore
    expect(await nowhere.type('show')).toMatchObject({
      code: 3,
      err: expect.stringContaining('npm start') as string,
    });
    const noKey = new Terminal({ API_URL: world.api.url, DATA_DIR: '/nowhere' });
    expect(await noKey.type('show')).toMatchObject({
      code: 2,
      err: expect.stringContaining('DATA_DIR') as string,
    });
  });
});
