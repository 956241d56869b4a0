/** The client's document is the one that the service serves, and its types are made of it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TestApi } from '../http/support/api';

const root = path.join(__dirname, '..', '..');
const client = path.join(root, 'clients', 'typescript');
/** A process of its own: Jest cannot load its packages. */
const generator = path.join(root, 'node_modules', 'openapi-typescript', 'bin', 'cli.js');
const recording = process.env.RECORD_CLIENT !== undefined;

let api: TestApi;
let dir: string;

beforeAll(async () => {
  api = await TestApi.start();
  dir = mkdtempSync(path.join(tmpdir(), 'conversation-client-'));
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await api.stop();
});

/** An example of the document lies in the future, so it is another one each day. */
const undated = (text: string) =>
  text.replace(/"until":"20\d\d-[^"]+"/g, '"until":"2030-01-01T09:00:00.000Z"');

function kept(file: string, made: string): string {
  const at = path.join(client, file);
  if (recording) writeFileSync(at, made);
  return readFileSync(at, 'utf8');
}

test('the document is the one that is served; `npm run record:client` writes it anew', async () => {
  const served: unknown = JSON.parse(undated((await api.get('/openapi.json')).text));
  const text = `${JSON.stringify(served, null, 1)}\n`;
  expect(kept('openapi.json', text)).toBe(text);
});

/** Without the `anyOf`s that only say which fields must be there: the generator makes "anything" of those. */
function forTypes(text: string): string {
  const isHint = (part: unknown) => Object.keys(part as object).join() === 'required';
  return JSON.stringify(JSON.parse(text), (key, value: unknown) =>
    key === 'anyOf' && Array.isArray(value) && value.every(isHint) ? undefined : value,
  );
}

test('the types are made of the document; `npm run record:client` writes them anew', () => {
  const [from, to] = [path.join(dir, 'openapi.json'), path.join(dir, 'schema.ts')];
  writeFileSync(from, forTypes(readFileSync(path.join(client, 'openapi.json'), 'utf8')));
  const options = ['--root-types', '--root-types-no-schema-prefix', '--default-non-nullable=false'];
  execFileSync(process.execPath, [generator, from, '-o', to, ...options]);
  const made = readFileSync(to, 'utf8');
  expect(kept('src/schema.ts', made)).toBe(made);
});
