/** Histories as the code of each number wrote them down: `histories/<number>/<kind>.json`. */
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HistoryEvent } from './history';

const { History } = temporal.api.history.v1;

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

export interface Recording {
  /** `<number>/<kind>` */
  name: string;
  /** of the code that wrote it */
  number: number;
  workflowId: string;
  history: History & { events: HistoryEvent[] };
}

interface JsonEvent {
  eventType: string;
}

const READABLE = { longs: String, enums: String, bytes: String };

const folder = path.join(__dirname, '..', 'histories');

export function isRecorded(number: number): boolean {
  return existsSync(path.join(folder, `${number}`));
}

export function allRecordings(): Recording[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      ...read(path.join(folder, file)),
      name: file.replace(/\.json$/, ''),
      number: Number(path.dirname(file)),
    }));
}

export function keepRecording(number: number, kind: string, history: History): void {
  const kept = path.join(folder, `${number}`);
  mkdirSync(kept, { recursive: true });
  const { events } = History.toObject(History.fromObject(history), READABLE) as { events: JsonEvent[] };
  const lines = events.map((event) => JSON.stringify(withoutPlaces(event)));
  writeFileSync(path.join(kept, `${kind}.json`), `{"events":[\n${lines.join(',\n')}\n]}\n`);
}

function read(file: string): Omit<Recording, 'name' | 'number'> {
  const history = History.fromObject(
    JSON.parse(readFileSync(file, 'utf8')) as object,
  ) as Recording['history'];
  const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
  return { workflowId, history };
}

/** Identities and the names of sticky queues would show the machine and the process that made it. */
function withoutPlaces(event: JsonEvent): unknown {
  const who = event.eventType.includes('_TASK_') ? 'worker' : 'client';
  return JSON.parse(JSON.stringify(event), (key, value: unknown) => {
    if (key === 'identity') return who;
    return isSticky(value) ? { ...value, name: 'sticky' } : value;
  });
}

function isSticky(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'TASK_QUEUE_KIND_STICKY'
  );
}
