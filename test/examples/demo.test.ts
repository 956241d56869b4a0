import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBox } from '../../examples/demo/box';
import { line } from '../../examples/demo/narration';
import { SETTINGS } from '../../examples/demo/scenes';
import { findOrStart } from '../../examples/demo/service';
import { Story } from '../../examples/demo/story';
import { Client } from '../../clients/typescript/src/index';
import { box } from '../../src/embedded/box';
import { settingsSchema } from '../../src/domain/settings';
import { BEGAN, lived } from './observed';

const settings = settingsSchema.parse(SETTINGS);
const message = { at: 0, event: { id: 'e1', type: 'message' } };
const reply = { at: 1, event: { id: 'e2', type: 'agent_reply', agent: 'ana' } };
const close = { at: 2, event: { id: 'e3', type: 'close', agent: 'ana' } };
const answer = { at: 8, event: { id: 'e4', type: 'csat_answer', score: 4 } };

describe('the box of npm start', () => {
  const rows = { API: 'http://127.0.0.1:1', 'Temporal UI': 'http://127.0.0.1:2/x?q=1', 'API key': 'cs_1' };

  test('is read as it is written', () => {
    const said = `{"level":"info"}\n${box('Conversation status', rows)}more`;
    expect(Object.fromEntries(readBox(said) ?? [])).toEqual(rows);
  });

  test('only once all of it is there', () => {
    const said = box('Conversation status', rows);
    expect(readBox(said.slice(0, -5))).toBeNull();
    expect(readBox('')).toBeNull();
  });
});

describe('what the demo tells', () => {
  const told = (
    happenings: Parameters<typeof lived>[1],
    verdict: 'applied' | 'refused',
    why: string | null,
  ) => {
    const last = happenings.at(-1)!.at;
    const { conversation } = lived(settings, happenings, last).observed;
    return line(1234, 'somebody did something', { verdict, why, conversation }, BEGAN + last * 1000);
  };

  test('when, what, what came of it, and what comes next by itself', () => {
    expect(told([message], 'applied', null)).toMatch(
      /^ {3}1\.2 s {2}somebody did something +→ New · unread · next: nothing by itself$/,
    );
    expect(told([message, reply], 'applied', null)).toMatch(
      /→ In progress · with ana · next: auto-close in 6\.0 s$/,
    );
    expect(told([message, reply, close], 'applied', null)).toMatch(
      /→ Resolved · with ana · next: the survey times out in 4\.0 s$/,
    );
    expect(told([message, reply, close, answer], 'applied', null)).toMatch(
      /→ Closed · with ana · survey answered, 4 of 5, late · next: auto-archive in 1\.0 s$/,
    );
  });

  test('a refusal names its rule and says where the conversation still is', () => {
    expect(told([message], 'refused', 'not_closed')).toMatch(/→ refused: not_closed · still New/);
  });

  test('what does not come to what it should is a surprise', () => {
    const said: string[] = [];
    const story = new Story(new Client({ url: 'http://nowhere', key: 'key' }), 'i', (text) =>
      said.push(text),
    );
    const { conversation } = lived(settings, [message], 0).observed;
    story.tell('the customer writes', { verdict: 'applied', why: null, conversation }, 'new');
    expect(story.surprises).toEqual([]);
    story.tell('the customer writes', { verdict: 'applied', why: null, conversation }, 'closed');
    expect(story.surprises).toEqual(['c_1, the customer writes: new, where closed was due']);
    expect(said.at(-1)).toContain('! c_1, the customer writes');
  });
});

describe('the service of the demo', () => {
  let server: Server;
  const answering = async (body: string): Promise<string> => {
    server = createServer((_, response) => void response.end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  afterEach(() => server.close());

  test('the one that runs is used, and left running', async () => {
    const url = await answering('{"status":"ok"}');
    const service = await findOrStart(url, 'a-key', () => {});
    expect(service).toEqual({ url, key: 'a-key' });
  });

  test.each(['<html>', '{"hello":"world"}'])(
    'something else there (%s): one line that says so',
    async (body) => {
      const url = await answering(body);
      await expect(findOrStart(url, 'a-key', () => {})).rejects.toThrow(/is not this service: give --url/);
    },
  );
});
