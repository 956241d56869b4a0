/** The client as it is published: packed, installed in an empty folder, and used from there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { dependencies } from '../../package.json';
import * as published from '../../clients/typescript/package.json';
import { fences } from '../docs/fences';
import { Deciding } from '../http/support/deciding';

const root = path.join(__dirname, '..', '..');
const client = path.join(root, 'clients', 'typescript');
const tsc = path.join(root, 'node_modules', 'typescript', 'lib', 'tsc.js');
const execute = promisify(execFile);

/** @throws Error with all that it said */
async function run(...[program, args, options]: [string, string[], object]): Promise<{ stdout: string }> {
  return execute(program, args, { ...options, encoding: 'utf8' }).catch(
    (error: Error & { stdout: string }) => {
      throw new Error(`${error.message}${error.stdout}`);
    },
  );
}

let deciding: Deciding;
let folder: string;

beforeAll(async () => {
  deciding = await Deciding.start();
  folder = mkdtempSync(path.join(tmpdir(), 'conversation-client-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: client });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  const tarball = `./${published.name}-${published.version}.tgz`;
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: folder });
  await compile();
}, 180_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await deciding.stop();
});

const fromReadme = fences(readFileSync(path.join(client, 'README.md'), 'utf8'))[0]?.text ?? '';
const commonJs = `
import client = require('conversation-status-client');
async function main(): Promise<void> {
  const service = new client.Client({ url: process.env.URL ?? '', key: process.env.KEY ?? '' });
  const { items } = await service.GET('/v1/inboxes');
  console.log(items.map(({ inbox }) => inbox).sort().join());
  const wrong: number = items.length;
  const error = await service.GET('/v1/inboxes/{inbox}', { params: { path: { inbox: 'no' } } }).catch((e: unknown) => e);
  console.log(error instanceof client.ProblemError && error.status, wrong);
}
void main();
`;

/** Compiled as somebody does who uses it, with nothing but the browser's types. */
async function compile(): Promise<void> {
  const files = {
    'use.mts': fromReadme,
    'use.cts': commonJs,
    'process.d.ts': 'declare const process: { env: Record<string, string | undefined> };',
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  const lib = ['--target', 'es2022', '--lib', 'es2022,dom,dom.asynciterable', '--skipDefaultLibCheck'];
  const options = ['--strict', '--module', 'nodenext', ...lib];
  await run(process.execPath, [tsc, ...options, ...Object.keys(files)], { cwd: folder });
}

async function printed(file: string): Promise<string[]> {
  const env = { ...process.env, URL: deciding.api.url, KEY: deciding.api.key };
  return (await run(process.execPath, [file], { cwd: folder, env })).stdout.trim().split('\n');
}

test('an ES module: the README, as it stands', async () => {
  const said = await printed('use.mjs');
  expect(said[0]).toMatch(/^now closed$|^refused/);
  expect(said).toContain('message applied');
  expect(said).toContain('404 undefined []');
});

test('CommonJS', async () => {
  expect(await printed('use.cjs')).toEqual(['csat,support', '404 2']);
});

test('it needs what the repository has, at the same version', () => {
  expect(dependencies).toMatchObject(published.dependencies);
});
