/** Payloads encrypted, on the real server: what Temporal holds is unreadable, and the service works as before. */
import { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { randomBytes } from 'node:crypto';
import { TemporalClient } from '../../src/temporal/client';
import { encryptionOf } from '../../src/temporal/connection';
import type { Event } from '../../src/domain/events';
import { workflowId } from '../../src/temporal/contract';
import { EncryptionCodec } from '../../src/temporal/payload-codec';
import { payloadConverterPath, workflowBundle } from '../../src/temporal/workflow-bundle';
import { eventually } from '../workflows/support/eventually';
import { Service } from '../workflows/support/service';

const AGENT = 'ana-of-the-secret-agents';
const [old, fresh, strange] = [randomBytes(32), randomBytes(32), randomBytes(32)];

let service: Service;
let made = 0;

const workerWith = async (keys: Buffer[]) => ({
  workflowBundle: await workflowBundle(undefined, true),
  dataConverter: { ...encryptionOf({ payloadKeys: keys }), payloadConverterPath },
});

beforeAll(async () => {
  service = await Service.start(await workerWith([fresh, old]));
  await service.database.pool.query(
    `INSERT INTO inboxes (account, inbox, settings) VALUES ($1, 'support', '{}')`,
    [service.account],
  );
});
afterAll(() => service.stop());

/** The service's client, with these keys; none: as a caller that knows nothing of encryption. */
function caller(...payloadKeys: Buffer[]): TemporalClient {
  const dataConverter = encryptionOf({ payloadKeys });
  return new TemporalClient(new Client({ connection: service.connection, dataConverter }), service.taskQueue);
}

const conversation = () => ({ account: service.account, inbox: 'support', conversation: `c_${++made}` });
type Key = ReturnType<typeof conversation>;

const assign = (id: string) => ({ id, type: 'assign' as const, agent: AGENT, occurred_at: undefined });

async function seqOf({ account, conversation }: Key): Promise<number> {
  const { rows } = await service.database.pool.query<{ seq: number }>(
    'SELECT seq FROM conversations WHERE account = $1 AND conversation = $2',
    [account, conversation],
  );
  return rows[0]?.seq ?? 0;
}
const decided = (key: Key, seq: number) =>
  eventually(`decision ${seq} is written`, async () => (await seqOf(key)) >= seq);

/** As JSON, with the bytes of payloads as text. */
async function historyOf(key: Key): Promise<string> {
  const { events } = await service.client.workflow.getHandle(workflowId(key)).fetchHistory();
  return JSON.stringify(events).replace(
    /"(data|encoding)":"([^"]*)"/g,
    (_, name: string, bytes: string) => `"${name}":"${Buffer.from(bytes, 'base64').toString('latin1')}"`,
  );
}

it('leaves nothing readable in the history but ids and names of events', async () => {
  const key = conversation();
  await caller(fresh).signal(key, { id: 'm1', type: 'message' } as Event);
  await caller(fresh).signal(key, assign('e1'));
  await decided(key, 2);
  let history = '';
  await eventually('its task has ended', async () => {
    history = await historyOf(key);
    return history.includes('WORKFLOW_TASK_COMPLETED');
  });
  expect(history).toContain('MARKER_RECORDED'); // what was written, with what came of it
  expect(history).toContain('binary/encrypted');
  expect(history).not.toContain(AGENT);
  expect(await caller(fresh).query(key)).toMatchObject({ assignee: { agent: AGENT } });
});

it('takes events of callers that do not encrypt, and under an older key', async () => {
  const key = conversation();
  await caller().signal(key, assign('plain'));
  await caller(old).signal(key, assign('old'));
  await decided(key, 2);
});

it('finds in a history what a run was given', async () => {
  const key = conversation();
  await caller(fresh).signal(key, assign('e1'));
  await decided(key, 1);
  const { runId } = await service.client.workflow.getHandle(workflowId(key)).describe();
  const given = await caller(fresh).givenTo({ key, runId });
  expect(given).toMatchObject([{ type: 'assign', payload: { id: 'e1', agent: AGENT } }]);
});

it('waits with an event under a key that it lacks, and decides it once it has the key', async () => {
  const key = conversation();
  await caller(fresh).signal(key, assign('e1'));
  await decided(key, 1);
  await caller(strange).signal(key, assign('e2'));
  await caller(fresh).signal(key, assign('e3'));
  await eventually('the task is tried again', async () =>
    (await historyOf(key)).includes('WORKFLOW_TASK_FAILED'),
  );
  expect(await seqOf(key)).toBe(1);
  await service.stopWorker();
  await service.startWorker(await workerWith([fresh, old, strange]));
  await decided(key, 3);
});

it('drops what was tampered with, and the next event works', async () => {
  const key = conversation();
  const handle = new Client({ connection: service.connection }).workflow.getHandle(workflowId(key));
  await caller(fresh).signal(key, assign('e1'));
  await decided(key, 1);
  const [sealed] = await new EncryptionCodec([fresh]).encode([
    defaultPayloadConverter.toPayload(assign('e2')),
  ]);
  const data = Buffer.from(sealed?.data ?? []);
  data[20] = (data[20] ?? 0) ^ 1;
  await service.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId },
    signalName: 'assign',
    input: { payloads: [{ ...sealed, data }] },
  });
  await caller(fresh).signal(key, assign('e3'));
  await decided(key, 2);
  expect(await historyOf(key)).not.toContain('WORKFLOW_TASK_FAILED');
});

describe('without keys', () => {
  const dataConverter = encryptionOf({ payloadKeys: [] });
  let plain: Service;
  beforeAll(async () => {
    plain = await Service.start({ dataConverter: { ...dataConverter, payloadConverterPath } });
  });
  afterAll(() => plain.stop());

  it('Temporal holds each payload byte for byte as the SDK makes it, and nothing else', async () => {
    const conversation = await plain.conversation();
    const client = new Client({ connection: plain.connection, dataConverter });
    const sent = { id: 'e1', type: 'assign', agent: 'Zoë', team: null } as unknown as Event;
    await new TemporalClient(client, plain.taskQueue).signal(conversation.key, sent);
    await conversation.decided('e1');
    const events = await eventually('its status is shown in search', async () => {
      const history = await conversation.handle.fetchHistory();
      return payloadsIn(history.events, 'searchAttributes').length > 0 && history.events;
    });
    const payloads = payloadsIn(events);
    // Temporal itself says of each search attribute of which type it is.
    for (const { metadata } of payloadsIn(events, 'searchAttributes'))
      expect(Object.keys(metadata ?? {}).sort()).toEqual(['encoding', 'type']);
    const json = '{"id":"e1","type":"assign","agent":"Zoë","team":null}';
    expect(payloads.map(({ data }) => Buffer.from(data ?? []).toString())).toContain(json);
    for (const { metadata, data } of payloads) {
      expect(Object.keys(metadata ?? {})).toEqual(['encoding']);
      const { encoding } = metadata ?? {};
      const again = defaultPayloadConverter.toPayload(
        defaultPayloadConverter.fromPayload({ metadata: { encoding: encoding! }, data }),
      );
      expect([Buffer.from(encoding!), Buffer.from(data ?? [])]).toEqual([
        Buffer.from(again.metadata!.encoding!),
        Buffer.from(again.data ?? []),
      ]);
    }
  });
});

/** Everything below `value` that has the form of a payload: within the search attributes, or everywhere else. */
function payloadsIn(value: unknown, within?: 'searchAttributes'): Payload[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { metadata } = value as Payload;
  if (metadata && 'encoding' in metadata) return within ? [] : [value];
  return Object.entries(value).flatMap(([key, part]) => {
    if (key !== 'searchAttributes') return payloadsIn(part, within);
    return within ? payloadsIn(part) : [];
  });
}
