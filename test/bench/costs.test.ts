/**
 * What an event costs, in counts that are the same on every machine, so that a slower version is noticed.
 * test/workflows/cost.test.ts counts the events in the history; `npm run bench` measures times.
 */
import { Client, Connection, type ConnectionLike } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { Client as PgClient } from 'pg';
import { conversationActivities } from '../../activities/conversations';
import { writeDecisions } from '../../src/db/writes';
import { decide } from '../../src/domain/decide';
import { eventSchema } from '../../src/domain/any-event';
import { rowOf, stepOf } from '../../src/domain/timeline';
import { notContacted } from '../../src/domain/conversation';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { TestApi } from '../http/support/api';
import { createDatabase, temporalAddress, type TestDatabase } from '../support/servers';
import { Service } from '../workflows/support/service';
import type { Write } from '../../src/domain/ledger';

const EVENTS = 10;

afterEach(() => void jest.restoreAllMocks());

describe('an event that is posted', () => {
  let connection: Connection;
  let calls: string[];
  let api: TestApi;
  beforeAll(async () => {
    connection = await Connection.connect({ address: temporalAddress() });
    calls = [];
    api = await TestApi.start({ client: new Client({ connection: counted(connection, calls) }) });
    await api.put('/v1/inboxes/support', { settings: {} });
  });
  afterAll(async () => {
    await api.stop();
    await connection.close();
  });

  const post = (id: string) =>
    api.post('/v1/inboxes/support/conversations/c-1/events', { id, type: 'message', kind: 'text' });

  it('is one call to Temporal, and no statement of the database once its inbox and key are known', async () => {
    expect((await post('first')).status).toBe(202);
    expect(calls).toEqual(['signalWorkflowExecution', 'signalWithStartWorkflowExecution']);
    calls.length = 0;
    const statements = jest.spyOn(PgClient.prototype, 'query');
    for (let n = 0; n < EVENTS; n++) expect((await post(`e-${n}`)).status).toBe(202);
    expect(calls).toEqual(Array<string>(EVENTS).fill('signalWorkflowExecution'));
    expect(statements).not.toHaveBeenCalled();
  });
});

describe('decisions that are written', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
    await database.pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('a', 'support', '{}')`);
  });
  afterAll(() => database.drop());

  it('are one statement, and so one commit, for however many conversations', async () => {
    const statements = jest.spyOn(PgClient.prototype, 'query');
    const writes = Array.from({ length: 200 }, (_, n) => firstMessage(`c-${n}`));
    expect(await writeDecisions(database.pool, writes)).toEqual(writes.map(() => true));
    expect(statements).toHaveBeenCalledTimes(1);
  });

  it('that come while a write is under way share the next', async () => {
    const activities = conversationActivities(database.pool);
    const statements = jest.spyOn(PgClient.prototype, 'query');
    const writes = Array.from({ length: 100 }, (_, n) => firstMessage(`d-${n}`));
    await Promise.all(writes.map((write) => activities.persist(write, 'digest')));
    expect(statements.mock.calls.length).toBeLessThanOrEqual(2);
  });
});

describe('a message that changes no status', () => {
  let service: Service;
  beforeAll(async () => void (service = await Service.start()));
  afterAll(() => service.stop());

  it('adds less than 1,200 bytes to the history', async () => {
    const c = await service.conversation();
    await c.when('message', { id: 'm-0' });
    const size = async () => (await c.handle.describe()).historySize ?? NaN;
    await c.when('message', { id: 'm-1' });
    const before = await size();
    for (let n = 2; n < 2 + EVENTS; n++) await c.when('message', { id: `m-${n}` });
    const each = ((await size()) - before) / EVENTS;
    expect(each).toBeGreaterThan(300); // it is measured at all
    expect(each).toBeLessThan(1_200);
  });
});

/** The connection, with the name of each call recorded. */
function counted(connection: Connection, calls: string[]): ConnectionLike {
  const workflowService = new Proxy(connection.workflowService, {
    get(service, name) {
      const method: unknown = Reflect.get(service, name, service);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]): unknown => {
        calls.push(String(name));
        return Reflect.apply(method, service, args);
      };
    },
  });
  return new Proxy(connection, {
    get: (target, name) =>
      name === 'workflowService' ? workflowService : (Reflect.get(target, name, target) as unknown),
  });
}

function firstMessage(conversation: string): Write {
  const now = Date.now();
  const before = notContacted(conversation, now);
  const event = eventSchema.parse({ id: randomUUID(), type: 'message', kind: 'text' });
  const decision = decide(before, event, DEFAULT_SETTINGS, now);
  const stamp = { inbox: 'support', seq: 1, settings_version: 1, now };
  return {
    key: { account: 'a', inbox: 'support', conversation },
    expected_seq: 0,
    row: rowOf(decision.state, stamp),
    steps: [stepOf(before, event, decision, stamp)],
  };
}
