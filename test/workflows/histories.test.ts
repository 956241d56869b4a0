/**
 * Guarantee 10: what this code has written down replays, so a change that does not fit it is caught here and
 * needs a new number. Histories that older code recorded are recognized and not replayed.
 */
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { STATUSES, TIMERS } from '../../src/domain/conversation';
import { EVENT_TYPES } from '../../src/domain/events';
import { codeSinks } from '../../src/runtime/worker-build';
import { CODE_NUMBER } from '../../src/temporal/code-number';
import { payloadConverterPath, workflowBundle } from '../../src/temporal/workflow-bundle';
import {
  BULK_WORKFLOW,
  CODE_ROLLOUT_WORKFLOW,
  CONVERSATION_WORKFLOW,
  decideUpdate,
  ERASURE_WORKFLOW,
  reloadSignal,
  SEARCH_ATTRIBUTES,
  settingsChangedSignal,
  SETTINGS_ROLLOUT_WORKFLOW,
  wakeSignal,
  WEBHOOK_WORKFLOW,
} from '../../src/temporal/contract';
import { bundleOf } from './support/bundle';
import { eventsOf, summaryOf, type HistoryEvent } from './support/history';
import './support/quiet';
import { allRecordings } from './support/recordings';

const everything = allRecordings();
const recordings = everything.filter(({ number }) => number === CODE_NUMBER);
const older = everything.filter(({ number }) => number < CODE_NUMBER);
const events = recordings.flatMap(({ history }) => history.events);

it('this code number is recorded: npm run record:histories', () => {
  expect(recordings).not.toEqual([]);
});

describe('a history that older code recorded is recognized, and is not replayed:', () => {
  let failures: Failures;
  beforeAll(async () => void (failures = await replayed(await workflowBundle(), older)));

  it.each(older)('$name', ({ name, number }) => {
    expect(failures.get(name)).toContain(
      `the run began under code number ${number} and this is ${CODE_NUMBER}`,
    );
  });
});

describe('a history that this code recorded replays', () => {
  let failures: Failures;
  beforeAll(async () => void (failures = await replayed(await workflowBundle())));

  it.each(recordings)('$name', ({ name }) => {
    expect(failures.get(name)).toBeUndefined();
  });
});

describe('what was recorded has every', () => {
  it('type of event', () => {
    const own = [reloadSignal, settingsChangedSignal, wakeSignal].map(({ name }) => name);
    const signals = eventsOf(events, 'signaled').map(
      (e) => e.workflowExecutionSignaledEventAttributes?.signalName,
    );
    expect(missing([...EVENT_TYPES, ...own], signals)).toEqual([]);
  });

  it('status', () => {
    const shown = eventsOf(events, 'search_attributes_upserted').map((e) => {
      const { indexedFields } = e.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes ?? {};
      return jsonOf(indexedFields?.[SEARCH_ATTRIBUTES.status]);
    });
    expect(missing(STATUSES, shown)).toEqual([]);
  });

  it('timer, fired', () => {
    const fired = recordings.flatMap(({ history }) => firedIn(history.events));
    expect(missing(TIMERS.map(letters), fired)).toEqual([]);
  });

  it('workflow, beginning and end of a run', () => {
    const started = eventsOf(events, 'workflow_started').map(
      (e) => e.workflowExecutionStartedEventAttributes,
    );
    const types = started.map((attributes) => attributes?.workflowType?.name);
    expect(new Set(types)).toEqual(
      new Set([
        BULK_WORKFLOW,
        CODE_ROLLOUT_WORKFLOW,
        CONVERSATION_WORKFLOW,
        ERASURE_WORKFLOW,
        SETTINGS_ROLLOUT_WORKFLOW,
        WEBHOOK_WORKFLOW,
      ]),
    );
    expect(started.filter((attributes) => attributes?.continuedExecutionRunId)).not.toEqual([]);
    expect(eventsOf(events, 'continued_as_new')).not.toEqual([]);
    expect(eventsOf(events, 'workflow_completed')).not.toEqual([]);
  });

  it('answer of the database: loaded, written, and not written', () => {
    const markers = eventsOf(events, 'marker_recorded').map((e) => e.markerRecordedEventAttributes?.details);
    const results = markers.map((details) => jsonOf(details?.result?.payloads?.[0]) as object);
    expect(results).toContainEqual({ written: true, digest: expect.any(String) as string });
    for (const result of [{ written: false }, { row: null }, { row: expect.any(Object) as object }])
      expect(results).toContainEqual(expect.objectContaining(result));
  });

  it('update', () => {
    const accepted = eventsOf(events, 'update_accepted');
    const names = accepted.map(
      (e) => e.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name,
    );
    expect(names).toContain(decideUpdate.name);
  });
});

it('a recording does not tell where it was made', () => {
  const identities = JSON.stringify(recordings).matchAll(/"identity":"([^"]*)"/g);
  expect(new Set([...identities].map(([, who]) => who))).toEqual(new Set(['worker', 'client']));
  expect(JSON.stringify(recordings)).not.toMatch(/\d+@\w|127\.0\.0\.1|localhost/);
});

describe('a change that does not fit what was recorded is caught:', () => {
  const conversations = recordings.filter((r) => r.workflowId.startsWith(CONVERSATION_WORKFLOW));

  it('a workflow that does something else', async () => {
    const failures = await replayed(
      await bundleOf({
        file: 'workflows/conversation-run.ts',
        find: 'async live(): Promise<contract.Rested> {',
        put: 'async live(): Promise<contract.Rested> {\n    await wf.sleep(1);',
      }),
    );
    expect([...failures.keys()].sort()).toEqual(conversations.map(({ name }) => name).sort());
    for (const problem of failures.values()) expect(problem).toMatch(/nondeterminism/i);
  });

  it('a rule that decides otherwise, though the workflow would do the same', async () => {
    const failures = await replayed(
      await bundleOf({
        file: 'src/domain/rules/inbox.ts',
        find: 'last_activity_at: now, unread: true });',
        put: 'last_activity_at: now });',
      }),
    );
    expect(failures.size).toBeGreaterThan(0);
    for (const [name, problem] of failures) {
      expect(name).toMatch(/\/snooze$/);
      expect(problem).toContain('decided otherwise than was written');
    }
  });
});

/** What went wrong, by the recording's name. */
type Failures = Map<string, string>;

async function replayed(bundle: WorkflowBundle, histories = recordings): Promise<Failures> {
  const failures: Failures = new Map();
  const sinks = codeSinks(() => {});
  const options = { workflowBundle: bundle, dataConverter: { payloadConverterPath }, sinks };
  const names = histories.map(({ name }) => name);
  for await (const { error } of Worker.runReplayHistories(options, histories)) {
    const name = names.shift() ?? '';
    if (error) failures.set(name, error.message);
  }
  expect(names).toEqual([]);
  return failures;
}

function missing(wanted: readonly string[], found: unknown[]): string[] {
  return wanted.filter((name) => !found.includes(name));
}

/** The timers that fired, by their summaries: `auto-close` is `auto_close`, but for what is no letter. */
function firedIn(history: HistoryEvent[]): string[] {
  const fired = eventsOf(history, 'timer_fired').map((e) => e.timerFiredEventAttributes?.timerId);
  return eventsOf(history, 'timer_started')
    .filter((e) => fired.includes(e.timerStartedEventAttributes?.timerId))
    .map((e) => letters(summaryOf(e) ?? ''));
}

function jsonOf(payload: { data?: Uint8Array | null } | null | undefined): unknown {
  return payload?.data?.length ? JSON.parse(Buffer.from(payload.data).toString()) : undefined;
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}
