/** What README.md and the pages show is typed as it stands, against the parts run one by one. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { fences, markdown, read, root, type Fence } from './fences';
import { startParts, type Parts } from '../support/parts';

const run = promisify(execFile);
const MARK = '-- end of block --';

interface Tried {
  document: string;
  setUp: Fence;
  blocks: Fence[];
}

const documents = ['README.md', ...markdown('docs'), ...markdown('docs/callers')].flatMap(tried);

function tried(document: string): Tried[] {
  const text = read(document).split('<!-- tried: test/docs/readme.test.ts -->')[1];
  const [setUp, ...blocks] = fences(text?.split('<!-- /tried -->')[0] ?? '');
  return setUp ? [{ document, setUp, blocks }] : [];
}

/** On a busy machine an answer may be 503, which says to try again soon. */
const PATIENT = `curl() {
  local answer
  for i in $(seq 10); do
    answer=$(command curl "$@")
    if [[ $answer != *'"status":503'* ]]; then break; fi
    sleep 1
  done
  echo "$answer"
}`;

let parts: Parts;

beforeAll(async () => {
  const temporal = await temporalProgram(path.join(root, '.cache'), createLogger('silent'));
  parts = await startParts(path.dirname(temporal));
}, 120_000);
afterAll(() => parts?.stop());

it('README.md is tried', () => {
  expect(documents[0]?.document).toBe('README.md');
});

describe.each(documents)('$document', ({ setUp, blocks }) => {
  let printed: string[];

  beforeAll(async () => {
    printed = (await type(script(setUp, blocks))).split(`${MARK}\n`);
  }, 120_000);

  it('is tried from its first block on', () => {
    expect(setUp.text).toMatch(/^KEY=cs_…\nINBOX=http:\/\/127.0.0.1:3000\/v1\/inboxes\/\w+\nAUTH=/);
  });

  it.each(shown(blocks))('%s', (_, nth, answer) => {
    const last = printed[nth]?.trim().split('\n').at(-1);
    expect(JSON.parse(last ?? '')).toMatchObject(pattern(JSON.parse(answer)) as object);
  });
});

/**
 * Each command that an answer is shown to: its text, its place among the blocks, and the answer to its last
 * line.
 */
function shown(blocks: Fence[]): [command: string, nth: number, answer: string][] {
  const typed = blocks.filter(({ language }) => language !== 'json');
  return blocks.flatMap((block, i) => {
    const before = blocks[i - 1];
    if (block.language !== 'json' || !before) return [];
    return [[before.text.trim(), typed.indexOf(before), block.text]];
  });
}

/** All of a document as one script, as one person types it. */
function script(setUp: Fence, blocks: Fence[]): string {
  const typed = blocks.filter(({ language }) => language !== 'json').map(command);
  return [here(setUp.text), ...typed].join(`\necho; echo '${MARK}'\n`);
}

function command({ language, text }: Fence): string {
  return language === 'ts' ? `node --input-type=module <<'TS'\n${here(text)}TS` : here(text);
}

/** The documents name what `npm start` prints; here it is the parts of this test. */
function here(text: string): string {
  return text
    .replace('cs_…', parts.key)
    .replace('http://127.0.0.1:3000', parts.url)
    .replace('127.0.0.1:7233', parts.temporal.address)
    .replace(`namespace: 'default'`, `namespace: '${parts.temporal.namespace}'`);
}

async function type(text: string): Promise<string> {
  const env = {
    PATH: `${parts.temporal.bin}:${process.env.PATH}`,
    TEMPORAL_ADDRESS: parts.temporal.address,
    TEMPORAL_NAMESPACE: parts.temporal.namespace,
  };
  const { stdout } = await run('bash', ['-euc', `${PATIENT}\n${text}`], { cwd: root, env });
  // What the set-up block prints is nothing.
  return stdout.slice(stdout.indexOf(`${MARK}\n`) + MARK.length + 1);
}

/** `…` stands for any text. */
function pattern(value: unknown): unknown {
  if (value === '…') return expect.any(String);
  if (Array.isArray(value)) return value.map(pattern);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, pattern(inner)]));
}
