/** The receivers under examples/receivers, as processes: told by the service, and by somebody who forges. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../workflows/support/eventually';
import { World } from '../webhooks/support/world';

const repository = path.join(__dirname, '..', '..');
const folder = path.join(repository, 'examples', 'receivers');
const venv = path.join(repository, '.cache', 'receiver-venv');
const python = path.join(venv, 'bin', 'python');

let world: World;
const children: ChildProcess[] = [];
const run = promisify(execFile);

beforeAll(async () => {
  world = await World.start();
  if (existsSync(path.join(venv, 'ready'))) return;
  const requirements = path.join(folder, 'python', 'requirements.txt');
  await run('python3', ['-m', 'venv', venv]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  writeFileSync(path.join(venv, 'ready'), '');
}, 180_000);
afterAll(async () => {
  for (const child of children) child.kill();
  await world.stop();
});

test.each([
  ['TypeScript', process.execPath, ['--import', 'tsx', path.join(folder, 'typescript', 'receiver.ts')]],
  ['Python', python, [path.join(folder, 'python', 'receiver.py')]],
])(
  'the receiver in %s prints what it is told, and takes nothing that is forged',
  async (_, program, args) => {
    const hook = await world.hook({ url: 'http://127.0.0.1:9/' }, { types: ['conversation.status_changed'] });
    const env = { ...process.env, WEBHOOK_SECRET: hook.secret, PORT: '0' };
    const child = spawn(program, args, { env, cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const url = await eventually('it listens', () => Promise.resolve(/http:\S+/.exec(said)?.[0]));
    await world.api.ask('PATCH', hook.path, { body: { url } });
    const c = world.conversation();
    await c.decide({ id: 'm1', type: 'message' });
    await eventually('it is told', () =>
      Promise.resolve(said.includes(`conversation.status_changed support ${c.id} new`)),
    );
    const headers = { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' };
    for (const body of ['{}', 'no JSON'])
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(401);
  },
);
