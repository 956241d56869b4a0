import { Client, Connection } from '@temporalio/client';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { inboxAnswer } from '../../src/http/resources/inboxes';
import { rolloutWorkflowId } from '../../src/temporal/contract';
import { temporalAddress } from '../support/servers';
import { TestApi } from './support/api';

let api: TestApi;
let connection: Connection;

beforeAll(async () => {
  api = await TestApi.start();
  connection = await Connection.connect({ address: temporalAddress() });
});
afterAll(async () => {
  await api.stop();
  await connection.close();
});

const json = { 'Content-Type': 'application/merge-patch+json' };
const patch = (inbox: string, body: unknown) =>
  api.ask('PATCH', `/v1/inboxes/${inbox}`, { headers: json, body });

async function rollouts(inbox: string): Promise<number> {
  const workflowId = rolloutWorkflowId({ account: api.account, inbox });
  const handle = new Client({ connection }).workflow.getHandle(workflowId);
  const { events } = await handle.fetchHistory().catch(() => ({ events: [] }));
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

describe('retention', () => {
  const FOR_EVER = { timeline_days: null, closed_days: null, deliveries_days: 30 };

  it('is kept beside the settings, and a change of it is none of settings', async () => {
    const put = await api.put('/v1/inboxes/r', { settings: {}, retention: { timeline_days: 400 } });
    expect(put).toMatchObject({ status: 201, body: { retention: { ...FOR_EVER, timeline_days: 400 } } });
    const patched = await patch('r', { retention: { closed_days: 90, timeline_days: null } });
    expect(patched).toMatchObject({
      status: 200,
      body: { retention: { ...FOR_EVER, closed_days: 90 }, settings_version: 1, rolled_out_version: 1 },
    });
    expect((await patch('r', { assign_on_reply: false })).body).toMatchObject({
      retention: { closed_days: 90 },
      settings: { assign_on_reply: false },
      settings_version: 2,
    });
    const replaced = await api.put('/v1/inboxes/r', { settings: { assign_on_reply: false } });
    expect(replaced.body).toMatchObject({ retention: FOR_EVER, settings_version: 2 });
  });

  it.each([
    ['timeline_days', 0],
    ['closed_days', 1.5],
    ['deliveries_days', 31],
    ['deliveries_days', '7'],
    ['outbox_days', 7],
  ])('cannot have %s: %j', async (field, value) => {
    const answer = await api.put('/v1/inboxes/r', { settings: {}, retention: { [field]: value } });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ path: expect.stringContaining('retention') as string }]);
  });
});

describe('PUT', () => {
  it('creates with what is said, and defaults for the rest: 201', async () => {
    const answer = await api.put('/v1/inboxes/a', { settings: { csat: { enabled: true } } });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/v1/inboxes/a');
    expect(inboxAnswer.safeParse(answer.body).error).toBeUndefined();
    const settings = { ...DEFAULT_SETTINGS, csat: { ...DEFAULT_SETTINGS.csat, enabled: true } };
    expect(answer.body).toMatchObject({ inbox: 'a', settings, settings_version: 1, rolled_out_version: 1 });
    expect((await api.get('/v1/inboxes/a')).body).toEqual(answer.body);
    expect(await rollouts('a')).toBe(0);
  });

  it('replaces all of it: 200, a further version, and a rollout of it', async () => {
    await api.put('/v1/inboxes/b', { settings: { assign_on_reply: false } });
    const answer = await api.put('/v1/inboxes/b', { settings: { auto_archive: { after_seconds: 0 } } });
    expect(answer.status).toBe(200);
    const settings = { ...DEFAULT_SETTINGS, auto_archive: { after_seconds: 0 } };
    expect(answer.body).toMatchObject({ settings, settings_version: 2, rolled_out_version: 1 });
    expect(await rollouts('b')).toBe(1);
  });

  it('says the same again: 200, and nothing has happened', async () => {
    const first = await api.put('/v1/inboxes/c', { settings: {} });
    const again = await api.put('/v1/inboxes/c', { settings: { reopen_window_seconds: 0 } });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await rollouts('c')).toBe(0);
  });

  it('starts the rollout that an earlier attempt could not', async () => {
    await api.put('/v1/inboxes/d', { settings: {} });
    await api.pool.query(`UPDATE inboxes SET settings_version = 2 WHERE account = $1 AND inbox = 'd'`, [
      api.account,
    ]);
    await api.put('/v1/inboxes/d', { settings: {} });
    expect(await rollouts('d')).toBe(1);
  });

  it.each([
    [{}, 'settings'],
    [{ settings: { csat: { enabled: 'yes' } } }, 'settings.csat.enabled'],
    [{ settings: { colour: 1 } }, 'settings.colour'],
    [{ settings: { flows: { timeout_seconds: 0 } } }, 'settings.flows.timeout_seconds'],
    [{ settings: { auto_close: { after_seconds: 366 * 86_400 + 1 } } }, 'settings.auto_close.after_seconds'],
    [{ settings: {}, name: 'x' }, 'name'],
  ])('refuses %j: 400 naming %s', async (body, path) => {
    const answer = await api.put('/v1/inboxes/e', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ path }]);
    expect((await api.get('/v1/inboxes/e')).status).toBe(404);
  });
});

describe('PATCH', () => {
  it('changes what it names and leaves the rest', async () => {
    await api.put('/v1/inboxes/p', { settings: { csat: { enabled: true }, assign_on_reply: false } });
    const answer = await patch('p', { csat: { timeout_seconds: 60 } });
    expect(answer.status).toBe(200);
    const csat = { ...DEFAULT_SETTINGS.csat, enabled: true, timeout_seconds: 60 };
    expect(answer.body).toMatchObject({ settings: { csat, assign_on_reply: false }, settings_version: 2 });
    expect(await rollouts('p')).toBe(1);
  });

  it('takes a member away with null: it has its default again', async () => {
    await api.put('/v1/inboxes/q', { settings: { csat: { enabled: true }, reopen_window_seconds: 9 } });
    const answer = await patch('q', { csat: null, reopen_window_seconds: null });
    expect(answer.body).toMatchObject({ settings: DEFAULT_SETTINGS });
  });

  it('takes a patch of the whole inbox too', async () => {
    await api.inbox({}, 'r');
    const answer = await patch('r', { settings: { assign_on_reply: false } });
    expect(answer.body).toMatchObject({ settings: { ...DEFAULT_SETTINGS, assign_on_reply: false } });
  });

  it('that changes nothing leaves no trace', async () => {
    await api.inbox({}, 's');
    expect((await patch('s', {})).body).toMatchObject({ settings_version: 1 });
    expect((await patch('s', { assign_on_reply: true })).body).toMatchObject({ settings_version: 1 });
  });

  it.each([[{ csat: { enabled: 1 } }], [{ settings: {}, csat: {} }], [{ x: 1 }], [{ csat: 'off' }], [[]]])(
    'refuses %j: 400, and nothing is changed',
    async (body) => {
      await api.inbox({}, 't');
      expect((await patch('t', body)).status).toBe(400);
      expect((await api.get('/v1/inboxes/t')).body).toMatchObject({ settings_version: 1 });
    },
  );

  it('does not know an unknown inbox: 404', async () => {
    expect((await patch('nowhere', {})).status).toBe(404);
  });

  it('counts each of many at once', async () => {
    await api.inbox({}, 'u');
    const parts = ['csat', 'auto_close', 'auto_archive', 'flows'];
    const values = [{ enabled: true }, { after_seconds: 5 }, { after_seconds: 6 }, { end_status: 'new' }];
    await Promise.all(parts.map((part, i) => patch('u', { [part]: values[i] })));
    const { body } = await api.get('/v1/inboxes/u');
    expect(body).toMatchObject({
      settings_version: 5,
      settings: Object.fromEntries(parts.map((part, i) => [part, values[i]])),
    });
  });
});

describe('the list', () => {
  it('goes page by page, by name, through all of them once', async () => {
    const key = await api.addKey(undefined, 'pages');
    for (const name of ['i5', 'i1', 'i4', 'i2', 'i3']) {
      await api.put(`/v1/inboxes/${name}`, { settings: {} }, { key });
    }
    const items = await api.all('/v1/inboxes', 2, { key });
    expect(items.every((item) => inboxAnswer.safeParse(item).success)).toBe(true);
    expect(items.map((item) => item.inbox)).toEqual(['i1', 'i2', 'i3', 'i4', 'i5']);
  });
});
