/** The program itself, as it is typed in the repository. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TestApi } from '../http/support/api';

const root = path.join(__dirname, '..', '..');
let api: TestApi;
let folder: string;

beforeAll(async () => {
  api = await TestApi.start();
  folder = mkdtempSync(path.join(tmpdir(), 'conversation-cli-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api.stop();
});

function typed(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { API_URL: _, API_KEY: __, ...env } = process.env;
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...env, DATA_DIR: folder }, encoding: 'utf8' } as const;
    execFile('npx', ['--no-install', 'conversation-status', ...args], options, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    );
  });
}

test('npx finds it, and it finds the service where npm start keeps its address and its key', async () => {
  expect(await typed('show')).toMatchObject({ code: 2, err: expect.stringContaining('DATA_DIR') as string });
  writeFileSync(path.join(folder, 'api-url'), `${api.url}\n`);
  writeFileSync(path.join(folder, 'api-key'), `${api.key}\n`);
  await api.inbox({}, 'support');
  expect(await typed('show', '--json')).toMatchObject({ code: 0, out: expect.stringMatching(/^\{"items":\[\{"inbox":"support"/) as string }); // prettier-ignore
  expect(await typed('show', 'nowhere')).toMatchObject({ code: 1, out: '' });
});

test('help names every command', async () => {
  const { code, out } = await typed('--help');
  expect(code).toBe(0);
  for (const command of [
    'doctor',
    'send',
    'show',
    'watch',
    'explain',
    'keys',
    'webhooks',
    'import',
    'reconcile',
  ])
    expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
});

test('reconcile runs the tool, which says what it needs', async () => {
  expect(await typed('reconcile', '--dry-run')).toMatchObject({ code: 1, err: expect.stringMatching(/TEMPORAL_ADDRESS|DATABASE_URL/) as string }); // prettier-ignore
});
