/**
 * How the API calls Temporal: quickly again if that helps, else with an error that says what the failure
 * means.
 */
import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection } from '@temporalio/worker';
import { problemOf } from '../../src/http/core/problems';
import { meaningOf } from '../../src/temporal/calls';
import { TemporalClient } from '../../src/temporal/client';
import { promptClient } from '../../src/temporal/connection';
import { TestApi } from '../http/support/api';
import { isProblem } from '../http/support/problem';
import { Service } from '../workflows/support/service';
import { serverOfShortHistories } from '../workflows/support/own-server';

const EVENTS_A_RUN = 20;
const SIGNALS_A_RUN = 300;
const message = (id: string) => ({ id, type: 'message' as const, kind: 'text' as const });

let server: TestWorkflowEnvironment;
let service: Service;
let connection: NativeConnection;
beforeAll(async () => {
  server = await serverOfShortHistories(EVENTS_A_RUN, {
    'history.maximumSignalsPerExecution': SIGNALS_A_RUN,
  });
  service = await Service.start({}, server.address);
  connection = await NativeConnection.connect({ address: server.address });
});
afterAll(async () => {
  await connection.close();
  await service.stop();
  await server.teardown();
});

const clientOf = (namespace = 'default') => promptClient({ connection, namespace, client: service.client });

test('given runs that end all the time, when an event meets one that is just ending, then it waits for milliseconds', async () => {
  const c = await service.conversation();
  await c.when('message');
  const temporal = new TemporalClient(clientOf());
  const times: number[] = [];
  const sender = async (name: number) => {
    for (let i = 0; i < 80; i += 1) {
      const began = performance.now();
      await temporal.signal(c.key, message(`${name}-${i}`));
      times.push(performance.now() - began);
    }
  };
  await Promise.all([0, 1, 2].map(sender));
  expect(Math.max(...times)).toBeLessThan(800); // the SDK's first pause is a second, less a fifth
}, 60_000);

test('given a conversation that holds all the signals it may, when one more is sent, then it is told that it is full', async () => {
  await service.stopWorker();
  const c = await service.conversation();
  const all = Array.from({ length: SIGNALS_A_RUN }, () => c.send('message'));
  await Promise.all(all);
  const refused = new TemporalClient(clientOf()).signal(c.key, message('more'));
  await expect(refused).rejects.toMatchObject({ name: 'ConversationFullError' });
});

test('given a namespace that is not there, when an event is posted, then the answer is 502 and no retry is asked for', async () => {
  const api = await TestApi.start({ client: clientOf('nowhere') });
  await api.inbox({}, 'support');
  const answer = await api.post('/v1/inboxes/support/conversations/c/events', { id: 'm', type: 'message' });
  await api.stop();
  isProblem(answer, 502);
  expect(answer.body.type).toBe('urn:conversation-status:problem:temporal-refused');
  expect(answer.headers.get('retry-after')).toBeNull();
});

/** In the form of both of the SDK's connections. */
function failed(code: number, details: string): ServiceError {
  const cause = Object.assign(new Error(details), { code, details, metadata: new Map() });
  return new ServiceError('Failed to signal Workflow', { cause });
}

test.each([
  ['no connection', failed(14, 'connection refused'), 503, '1'],
  ['no answer in time', failed(4, 'deadline exceeded'), 503, '1'],
  ['too many requests', failed(8, 'namespace rate limit exceeded'), 503, '1'],
  ['a workflow that is just ending', failed(8, 'workflow is closing'), 503, '1'],
  ['a fault of the server', failed(13, 'unexpected'), 503, '1'],
  ['a run full of signals', failed(3, 'exceeded workflow execution limit for signal events'), 503, '30'],
  ['a missing right', failed(7, 'Request unauthorized.'), 502, undefined],
  ['a key that is not valid any more', failed(16, 'invalid token'), 502, undefined],
  ['something it cannot understand', failed(3, 'WorkflowId length exceeds limit'), 502, undefined],
  ['no such namespace', new NamespaceNotFoundError('nowhere'), 502, undefined],
  ['a fault of ours', new TypeError('x is not a function'), 500, undefined],
])('Temporal answering with %s is told apart', (_, error, status, retryAfter) => {
  const problem = problemOf(meaningOf(error));
  expect([problem.status, problem.parts.headers?.['Retry-After']]).toEqual([status, retryAfter]);
});
