/** All that worker and API log in a run with every event, every timer, and payloads that are none. */
import path from 'node:path';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { live, PERSONAL } from '../metrics/support/whole-life';
import { startParts } from '../support/parts';

type Line = Record<string, unknown> & { msg: string };

let worker: Line[];
let api: Line[];
let text: string;

beforeAll(async () => {
  const temporal = await temporalProgram(path.join(__dirname, '..', '..', '.cache'), createLogger('silent'));
  const parts = await startParts(path.dirname(temporal), { LOG_LEVEL: 'trace' });
  try {
    await live(parts);
  } finally {
    await parts.stop();
  }
  const outputs = [parts.worker, parts.api].map((part) => part.output());
  [worker = [], api = []] = outputs.map((output) =>
    output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  );
  text = outputs.join('\n');
}, 120_000);

it('every line is one JSON object with a level, a time and a message', () => {
  for (const line of [...worker, ...api])
    expect(line).toMatchObject({
      level: expect.stringMatching(/^[a-z]+$/) as string,
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      msg: expect.any(String) as string,
    });
});

it.each(Object.entries(PERSONAL))('no line holds what is personal: %s', (_, personal) => {
  expect(text.split('\n').filter((line) => line.includes(personal))).toEqual([]);
});

it('no line names a conversation, an event, a key, or the password of the database', () => {
  expect(text).not.toMatch(/wamid|\bcs_[\w-]{8}|postgres:\/\//);
});

it('what was dropped is told by the rule it broke, and the run in Temporal', () => {
  const dropped = worker.filter(({ msg }) => msg === 'event dropped');
  expect(dropped.map(({ signal, problem }) => [signal, problem])).toEqual([
    ['close', expect.stringMatching(/^agent: /)],
    ['unknown', 'is not a signal of a conversation'],
  ]);
  expect(dropped[0]).toMatchObject({
    runId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    workflowId: 'conversation/…',
  });
});

it('a request and the decision it led to have the same id in both logs', () => {
  const posted = api.filter(({ msg, decision }) => msg === 'request' && decision !== undefined);
  expect(posted.length).toBeGreaterThan(25);
  for (const { request, decision, status } of posted) {
    expect(request).toMatch(/^[0-9a-f-]{36}$/);
    const decided = worker.filter((line) => line.msg === 'decided' && line.decision === decision);
    expect(decided).toHaveLength(1);
    expect(decided[0]?.verdict).toMatch(status === 409 ? /refused/ : /applied|ignored/);
  }
});
