/** The README is typed as it stands there, against the parts run one by one as it says. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { fences, read, root, type Fence } from './fences';
import { startParts, type Parts } from './parts';

const run = promisify(execFile);
const tried = read('README.md')
  .split('<!-- tried: test/docs/readme.test.ts -->')[1]
  ?.split('<!-- /tried -->')[0];
const [setUp, ...blocks] = fences(tried ?? '');
const MARK = '-- end of block --';

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

/** A busy machine may need longer than a person is told to wait. */
const UNTIL_CLOSED = `for i in $(seq 60); do
  sleep 0.5
  if curl -s -H "$AUTH" "$INBOX/conversations/c_1/timeline" | grep -q auto_close_due; then break; fi
done`;

let parts: Parts;
let printed: string[];

beforeAll(async () => {
  const temporal = await temporalProgram(path.join(root, '.cache'), createLogger('silent'));
  parts = await startParts(path.dirname(temporal));
  printed = (await type(commands())).split(`${MARK}\n`);
}, 120_000);
afterAll(() => parts?.stop());

it('is tried from its first block on', () => {
  expect(setUp?.text).toMatch(/^KEY=cs_…\nINBOX=http:\/\/127.0.0.1:3000\/v1\/inboxes\/support\nAUTH=/);
  expect(shown().length).toBeGreaterThan(10);
});

it.each(shown())('%s', (_, nth, answer) => {
  expect(JSON.parse(printed[nth] ?? '')).toMatchObject(pattern(JSON.parse(answer)) as object);
});

/** Each command that an answer is shown to: its text, its place among the blocks, and the answer. */
function shown(): [command: string, nth: number, answer: string][] {
  const typed = blocks.filter(({ language }) => language !== 'json');
  return blocks.flatMap((block, i) => {
    const before = blocks[i - 1];
    if (block.language !== 'json' || !before) return [];
    return [[before.text.trim(), typed.indexOf(before), block.text]];
  });
}

/** All of it as one script, as one person types it. */
function commands(): string {
  const typed = blocks.filter(({ language }) => language !== 'json').map(command);
  return [setUp && here(setUp.text), ...typed].join(`\necho; echo '${MARK}'\n`);
}

function command({ language, text }: Fence): string {
  return language === 'ts' ? `node --input-type=module <<'TS'\n${here(text)}TS` : here(text);
}

/** Where the README names what `npm start` prints, the parts of this test. */
function here(text: string): string {
  return text
    .replace('cs_…', parts.key)
    .replace('http://127.0.0.1:3000', parts.url)
    .replace('127.0.0.1:7233', parts.temporal.address)
    .replace(`namespace: 'default'`, `namespace: '${parts.temporal.namespace}'`)
    .replace('sleep 3', UNTIL_CLOSED);
}

async function type(script: string): Promise<string> {
  const env = {
    PATH: `${parts.temporal.bin}:${process.env.PATH}`,
    TEMPORAL_ADDRESS: parts.temporal.address,
    TEMPORAL_NAMESPACE: parts.temporal.namespace,
  };
  const { stdout } = await run('bash', ['-euc', `${PATIENT}\n${script}`], { cwd: root, env });
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
