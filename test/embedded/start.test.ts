import { execFileSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cleanUp,
  isAlive,
  listeningOf,
  run,
  serversOf,
  start,
  temporaryFolder,
  type Service,
} from './service';

jest.setTimeout(120_000); // each is a process or several, on a machine that may be busy

const npmStart = ['npm', 'start'];
const startAlone = ['node', '--import', 'tsx', 'src/start.ts'];

afterEach(cleanUp);

async function ask(service: Service, method: string, path: string, body?: object) {
  const response = await fetch(`${service.row('API')}${path}`, {
    method,
    headers: { authorization: `Bearer ${service.row('API key')}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function untilAsExpected(
  answer: () => Promise<object>,
  expected: object,
  withinMs = 20_000,
): Promise<void> {
  for (const end = Date.now() + withinMs; ; await sleep(200)) {
    const got = await answer();
    try {
      return expect(got).toMatchObject(expected);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

const conversation = '/v1/inboxes/support/conversations/c_1';

describe('npm start', () => {
  it('serves; loses nothing when everything is killed; stops within 10 s and leaves nothing behind', async () => {
    const env = { DATA_DIR: temporaryFolder() };

    const first = await start(npmStart, env);
    expect(await ask(first, 'GET', '/livez')).toMatchObject({ status: 200 });
    expect(await (await fetch(first.row('Metrics'))).text()).toMatch(/^temporal_worker_start_total/m);
    expect((await ask(first, 'PUT', '/v1/inboxes/support', { settings: {} })).status).toBe(201);
    const reply = { id: 'e1', type: 'agent_reply', agent: 'ana' };
    const decided = await ask(first, 'POST', `${conversation}/events`, { id: 'e0', type: 'message' });
    expect(decided.status).toBe(202);
    expect((await ask(first, 'POST', `${conversation}/events`, reply)).status).toBe(202);
    const left = serversOf(env.DATA_DIR);
    expect(left).toHaveLength(2);
    await first.killAll();

    const second = await start(npmStart, env);
    expect(left.filter(isAlive)).toEqual([]);
    expect(second.row('API key')).toBe(first.row('API key'));
    const kept = { status: 'in_progress', assignee: { agent: 'ana' } };
    await untilAsExpected(() => ask(second, 'GET', conversation), { status: 200, body: kept });
    // A query first goes to the killed worker, until Temporal gives up on it.
    await untilAsExpected(() => ask(second, 'GET', `${conversation}?consistency=strong`), {
      status: 200,
      body: kept,
    });

    const third = await run(startAlone, env);
    expect(third).toMatchObject({ code: 1, stdout: '' });
    expect(third.stderr).toMatch(
      /^\S+ is in use by another start \(process \d+\): .*set DATA_DIR to another folder\n$/,
    );

    const servers = serversOf(env.DATA_DIR);
    expect(await second.stop()).toBeLessThan(10_000);
    expect(servers.filter(isAlive)).toEqual([]);

    // A copy of the folder is a whole backup.
    const copy = temporaryFolder();
    execFileSync('cp', ['-a', `${env.DATA_DIR}/.`, copy]);
    const restored = await start(npmStart, { DATA_DIR: copy });
    expect(restored.row('API key')).toBe(first.row('API key'));
    await untilAsExpected(() => ask(restored, 'GET', conversation), { status: 200, body: kept });
    const close = { id: 'e2', type: 'close', agent: 'ana' };
    expect((await ask(restored, 'POST', `${conversation}/events`, close)).status).toBe(200);
    await restored.stop();
  }, 240_000);

  (process.platform === 'linux' ? it : it.skip)(
    'listens on the loopback address only, with all its parts',
    async () => {
      const env = { DATA_DIR: temporaryFolder() };
      const service = await start(startAlone, env);
      const addresses = listeningOf(env.DATA_DIR);
      await service.stop();
      expect(addresses.length).toBeGreaterThanOrEqual(5); // API, metrics, PostgreSQL, Temporal and its UI
      const loopback = ['0100007F', '00000000000000000000000001000000', '0000000000000000FFFF00000100007F'];
      expect(addresses.filter((address) => !loopback.includes(address))).toEqual([]);
    },
  );

  it('says in one line that its port is busy', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await run(startAlone, { DATA_DIR: temporaryFolder(), PORT: String(port) });
    other.close();
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr: `Port ${port} is in use: stop what uses it, or set PORT to another (0: any free one)\n`,
    });
  });

  it('takes another port for metrics where the usual one is busy, and says so where it was told which', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.once('error', resolve).listen(9464, '127.0.0.1', resolve); // or somebody else has it
    });
    const service = await start(startAlone, { DATA_DIR: temporaryFolder() });
    expect(service.row('Metrics')).toMatch(/^http:\/\/127\.0\.0\.1:(?!9464)\d+\/metrics$/);
    await service.stop();
    const ended = await run(startAlone, { DATA_DIR: temporaryFolder(), METRICS_PORT: '9464' });
    other.close();
    expect(ended).toMatchObject({
      code: 1,
      stderr: 'Port 9464 is in use: stop what uses it, or set METRICS_PORT to another (0: any free one)\n',
    });
  });

  it('names every wrong variable, a line each', async () => {
    const ended = await run(startAlone, {
      PORT: 'x',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://root:secret@db',
    });
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr: [
        'PORT must be a port number from 0 to 65535',
        'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
        'DATABASE_URL must look like postgres://user:password@host:5432/database',
        '',
      ].join('\n'),
    });
  });
});
