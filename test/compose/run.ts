/**
 * `npm run test:compose`: docker-compose.yml for real, from nothing to a decided event that Prometheus sees. Where no engine is
 * found it says so and does nothing; where no image can be pulled, it builds stand-ins (`stand-ins.ts`).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { freePort } from '../../src/embedded/ports';
import { reason } from '../../src/runtime/operator-error';
import { repository } from '../embedded/service';
import { engine, succeeds, type Engine } from './docker';
import { buildStandIns, STAND_IN } from './stand-ins';

const UP_WITHIN_MS = 240_000;

async function main(): Promise<void> {
  const found = findEngine();
  if (!found) return;
  const folder = mkdtempSync(path.join(tmpdir(), 'conversation-status-compose-'));
  const project = [
    '--project-name',
    `cs${process.pid}`,
    '--file',
    path.join(repository, 'docker-compose.yml'),
  ];
  const made = path.join(folder, '.env');
  const secrets = execFileSync('sh', ['deploy/new-secrets.sh'], { cwd: repository }).toString();
  const [api, ui, prometheus, grafana] = await Promise.all([0, 0, 0, 0].map(() => freePort()));
  const ports = { API_PORT: api, TEMPORAL_UI_PORT: ui, PROMETHEUS_PORT: prometheus, GRAFANA_PORT: grafana };
  writeFileSync(
    made,
    secrets +
      Object.entries(ports)
        .map((pair) => pair.join('='))
        .join('\n') +
      '\n',
  );
  const compose = (...args: string[]) => found.compose([...project, '--env-file', made, ...args]);
  try {
    const standIns = await images(found, folder);
    console.log(`Docker ${found.version}, ${standIns ? 'stand-in' : 'real'} images`);
    if (!standIns) compose('build');
    compose('up', '--detach');
    await until('the API is ready', async () => (await fetch(`http://127.0.0.1:${api}/readyz`)).ok);
    const key = /^BOOTSTRAP_API_KEY=(.*)$/m.exec(secrets)?.[1] ?? '';
    await decideOne(`http://127.0.0.1:${api}/v1/inboxes/support`, key);
    await until('Prometheus sees API and worker', () => allUp(`http://127.0.0.1:${prometheus}`));
    await until('Grafana answers', async () => (await fetch(`http://127.0.0.1:${grafana}/api/health`)).ok);
    await until('Temporal’s UI answers', async () => (await fetch(`http://127.0.0.1:${ui}/healthz`)).ok);
    console.log('all services are up, an event was decided, and Prometheus sees API and worker');
  } catch (error) {
    console.error(reason(error));
    succeeds(() => console.error(compose('ps')));
    succeeds(() => console.error(compose('logs', '--tail', '30')));
    process.exitCode = 1;
  } finally {
    succeeds(() => compose('down', '--volumes', '--timeout', '15'));
    rmSync(folder, { recursive: true, force: true });
  }
}

function findEngine(): Engine | null {
  try {
    return engine();
  } catch (error) {
    console.log(`skipped: no container engine is found here (${reason(error).split('\n', 1)[0]})`);
    return null;
  }
}

/** @returns whether they are stand-ins */
async function images({ docker }: Engine, folder: string): Promise<boolean> {
  const { services } = parse(readFileSync(path.join(repository, 'docker-compose.yml'), 'utf8'), {
    merge: true,
  }) as { services: Record<string, { image: string; build?: string }> };
  const all = [...new Set(Object.values(services).map(({ image }) => image))];
  const pulled = all.filter((image) => !image.startsWith('conversation-status:'));
  const labels = ['image', 'inspect', '--format', '{{json .Config.Labels}}'];
  const here = (image: string) =>
    succeeds(() => docker([...labels, image])) && !docker([...labels, image]).includes(STAND_IN);
  const can = pulled.every((image) => here(image) || succeeds(() => docker(['pull', '--quiet', image])));
  if (!can) await buildStandIns(docker, all, folder);
  return !can;
}

async function decideOne(inbox: string, key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const made = await fetch(inbox, { method: 'PUT', headers, body: '{"settings":{}}' });
  if (made.status !== 201) throw new Error(`the inbox was not made: ${await made.text()}`);
  const event = { id: 'e1', type: 'agent_reply', agent: 'ana' };
  const decided = await fetch(`${inbox}/conversations/c_1/events`, {
    method: 'POST',
    headers: { ...headers, prefer: 'wait=10' },
    body: JSON.stringify(event),
  });
  const text = await decided.text();
  if (decided.status !== 200 || !text.includes('"status":"in_progress"'))
    throw new Error(`not decided: ${text}`);
}

async function allUp(prometheus: string): Promise<boolean> {
  const response = await fetch(`${prometheus}/api/v1/targets?state=active`);
  const { data } = (await response.json()) as { data: { activeTargets: { health: string }[] } };
  return data.activeTargets.length >= 2 && data.activeTargets.every(({ health }) => health === 'up');
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + UP_WITHIN_MS; ; await sleep(1_000)) {
    if (await isSo().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`not within ${UP_WITHIN_MS / 1_000} s: ${what}`);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
