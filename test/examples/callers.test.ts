/** The bot, the broadcast scheduler and the inbox of the examples, as processes against a service that decides. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Deciding } from '../http/support/deciding';
import { temporalAddress } from '../support/servers';
import { eventually } from '../workflows/support/eventually';

const root = path.join(__dirname, '..', '..');
const example = (file: string) => path.join(root, 'examples', file);
const venv = path.join(root, '.cache', 'bot-venv');
const python = path.join(venv, 'bin', 'python');
const run = promisify(execFile);

let deciding: Deciding;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  deciding = await Deciding.start();
  folder = mkdtempSync(path.join(tmpdir(), 'conversation-callers-'));
});
afterAll(async () => {
  for (const child of children) child.kill();
  await deciding.stop();
  rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ ...process.env, API_URL: deciding.api.url, API_KEY: deciding.api.key, PORT: '0' });
const typescript = (file: string, ...args: string[]) => ['--import', 'tsx', example(file), ...args];

/** Goes on until the test is over. @returns what it has said so far */
function started(file: string, ...args: string[]) {
  const child = spawn(process.execPath, typescript(file, ...args), { cwd: root, env: env() });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const says = (what: RegExp) =>
    eventually(`it says ${what}`, () => Promise.resolve(what.exec(said)), 30_000);
  return { child, says };
}

const shown = async (inbox: string, conversation: string) =>
  (await deciding.api.get(`/v1/inboxes/${inbox}/conversations/${conversation}?consistency=strong`)).body;

test('a bot over HTTP answers customers, hands over to a team, and is silent once a person has it', async () => {
  const [url = ''] = await started('bot/bot.ts', 'support').says(/http:\S+/);
  const write = async (id: string, text: string) => {
    const body = JSON.stringify({ conversation: 'c_bot', id, text });
    const answer = await fetch(url, { method: 'POST', body });
    return ((await answer.json()) as { text: string | null }).text;
  };
  expect(await write('m1', 'Hello, when are you open?')).toMatch(/9 to 5/);
  expect(await shown('support', 'c_bot')).toMatchObject({ status: 'in_flow', flow: { source: 'inbound' } });
  expect(await write('m2', 'I want a person')).toMatch(/sales/);
  expect(await shown('support', 'c_bot')).toMatchObject({
    ...{ status: 'in_progress', unread: true, assignee: { team: 'sales' } },
    tags: [{ name: 'bot' }],
  });
  expect(await write('m3', 'Are you there?')).toBeNull();
}, 60_000);

test('a flow engine in Python over Temporal hands over to a team', async () => {
  if (!existsSync(path.join(venv, 'ready'))) {
    await run('python3', ['-m', 'venv', venv]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '-r', example('bot/requirements.txt')]);
    writeFileSync(path.join(venv, 'ready'), '');
  }
  const { taskQueue } = deciding.service;
  const there = { TEMPORAL_ADDRESS: temporalAddress(), TASK_QUEUE: taskQueue, ACCOUNT: deciding.api.account };
  const { stdout } = await run(python, [example('bot/flow.py'), 'support', 'c_py'], {
    env: { ...env(), ...there },
  });
  expect(stdout).toBe('applied in_progress\n');
  expect(await shown('support', 'c_py')).toMatchObject({
    status: 'in_progress',
    assignee: { team: 'sales' },
    tags: [{ name: 'welcome' }],
  });
}, 180_000);

test('a broadcast reaches whom it may, each once, by template where the window is closed', async () => {
  await deciding.api.inbox({}, 'news');
  for (const id of ['c_3', 'c_5'])
    await deciding.api.post(`/v1/inboxes/news/conversations/${id}/events`, { id: 'm1', type: 'message' }, { headers: { Prefer: 'wait=10' } }); // prettier-ignore
  const broadcast = () =>
    run(
      process.execPath,
      typescript('broadcast/scheduler.ts', '--contacts', '20', '--journal', path.join(folder, 'sent')),
      {
        cwd: root,
        env: env(),
      },
    );
  expect((await broadcast()).stdout).toMatch(/^sent as template: 18$/m);
  await eventually('all are closed again', async () => {
    const { body } = await deciding.api.get('/v1/inboxes/news/counts');
    return (body.status as { closed: number }).closed === 18;
  });
  const again = (await broadcast()).stdout;
  expect(again).not.toMatch(/^sent/m);
  expect(await shown('news', 'c_3')).toMatchObject({ status: 'new', flow: null });
}, 120_000);

test('an inbox lists what is open, takes replies and closes, and shows what happens elsewhere', async () => {
  await deciding.api.post('/v1/inboxes/csat/conversations/c_desk/events', { id: 'm1', type: 'message' }, { headers: { Prefer: 'wait=10' } }); // prettier-ignore
  const { child, says } = started('inbox/inbox.ts', 'csat', 'ana');
  await says(/• c_desk +new/);
  child.stdin.write('reply c_desk\n');
  await says(/status_changed: c_desk +in_progress +ana/);
  await deciding.api.post('/v1/inboxes/csat/conversations/c_other/events', { id: 'm1', type: 'message' });
  await says(/status_changed: • c_other +new/);
  child.stdin.write('close c_desk\n');
  await says(/status_changed: c_desk +resolved/);
  child.stdin.write('close c_unknown\n');
  await says(/refused: not_open/);
  child.stdin.write('quit\n');
  await eventually('it ends', () => Promise.resolve(child.exitCode !== null));
  expect(child.exitCode).toBe(0);
}, 60_000);
