import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { chatsOf, readChats } from '../../examples/replay/chats';

const line = (conversation: string, at: string, from: string, who = from) =>
  JSON.stringify({ conversation, at: `2005-02-06T${at}:00Z`, from, who });

const TEXT = [
  line('c_1', '10:00', 'customer'),
  line('c_2', '10:00', 'customer'),
  line('c_1', '10:01', 'agent', 'a_1'),
  line('c_3', '10:02', 'customer'),
  '',
].join('\n');

describe('reading recorded chats', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'chats-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  test('turns are gathered by conversation, in the order in which conversations began', () => {
    expect(chatsOf(TEXT).map((chat) => [chat.conversation, chat.turns.length])).toEqual([
      ['c_1', 2],
      ['c_2', 1],
      ['c_3', 1],
    ]);
    expect(chatsOf(TEXT)[0]?.turns[1]).toEqual({
      at: Date.parse('2005-02-06T10:01:00Z'),
      from: 'agent',
      who: 'a_1',
    });
  });

  test('only the first so many conversations, with all of their turns', () => {
    expect(chatsOf(TEXT, 1).map((chat) => chat.turns.length)).toEqual([2]);
  });

  test('turns out of order are put in order; those of one minute stay as they are', () => {
    const text = [
      line('c_1', '10:05', 'agent', 'late'),
      line('c_1', '10:00', 'customer', 'one'),
      line('c_1', '10:00', 'customer', 'two'),
    ].join('\n');
    expect(chatsOf(text)[0]?.turns.map((turn) => turn.who)).toEqual(['one', 'two', 'late']);
  });

  test('gzipped or not, by what is in the file and not by its name', () => {
    const [plain, gzipped] = [path.join(dir, 'a.ndjson.gz'), path.join(dir, 'b.ndjson')];
    writeFileSync(plain, TEXT);
    writeFileSync(gzipped, gzipSync(TEXT));
    expect(readChats(plain)).toEqual(chatsOf(TEXT));
    expect(readChats(gzipped)).toEqual(chatsOf(TEXT));
  });

  test.each([
    ['not JSON', '{"conversation":', /^line 2 is not a turn of a chat \(/],
    ['a person unheard of', line('c_1', '10:00', 'bot'), /line 2 .*from: /],
    ['no time', '{"conversation":"c_1","at":"soon","from":"agent","who":"a"}', /line 2 .*at: /],
    ['an id that the service would refuse', line('c 1', '10:00', 'agent'), /line 2 .*conversation: /],
  ])('%s: the line is named', (_, wrong, message) => {
    expect(() => chatsOf(`${line('c_1', '10:00', 'customer')}\n${wrong}`)).toThrow(message);
  });

  test('no such file: one line that says so', () => {
    expect(() => readChats(path.join(dir, 'none'))).toThrow(/none cannot be read: there is no such file$/);
  });

  test('the chats that come with the repository', () => {
    const chats = readChats(path.join(__dirname, '../../examples/data/support-chats.ndjson.gz'));
    expect(chats).toHaveLength(60);
    expect(chats.flatMap((chat) => chat.turns)).toHaveLength(1061);
  });
});
