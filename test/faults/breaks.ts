/** The changes that the rows of `npm run test:faults` must notice. */
import type { Edit } from './harness/tree';

export interface Mutation {
  name: string;
  what: string;
  /** the row that has to fail */
  row: number;
  edits: Edit[];
}

export const mutations: readonly Mutation[] = [
  {
    name: 'fence',
    what: 'a write no longer asks what the row was when it was decided',
    row: 8,
    edits: [
      {
        file: 'src/db/writes.ts',
        find: /WHERE coalesce\(c\.seq, 0\) = w\.expected_seq\s+AND NOT EXISTS \(SELECT FROM known k\s+WHERE .*\)\)\n/,
        put: '\n',
      },
      { file: 'src/db/writes.ts', find: 'WHERE conversations.seq < excluded.seq', put: '' },
      {
        file: 'src/db/writes.ts',
        find: 'INSERT INTO timeline SELECT e.* FROM entries e JOIN written USING (account, inbox, conversation)',
        put: 'INSERT INTO timeline SELECT e.* FROM entries e JOIN written USING (account, inbox, conversation) ON CONFLICT DO NOTHING',
      },
      {
        file: 'src/db/writes.ts',
        find: 'ORDER BY o.account, o.inbox, o.conversation, o.seq, o.nth\n',
        put: 'ORDER BY o.account, o.inbox, o.conversation, o.seq, o.nth ON CONFLICT DO NOTHING\n',
      },
    ],
  },
  {
    name: 'dedupe',
    what: 'an event that is known already is decided again',
    row: 4,
    edits: [
      {
        file: 'src/db/writes.ts',
        find: /\s+AND NOT EXISTS \(SELECT FROM known k\s+WHERE .*\)\)\n/,
        put: '\n',
      },
      {
        file: 'src/db/migrations/0001_conversations.sql',
        find: 'CREATE UNIQUE INDEX timeline_event',
        put: 'CREATE INDEX timeline_event',
      },
      { file: 'workflows/pending.ts', find: '!held.recent_ids.includes(event.id) &&', put: 'held &&' },
      {
        file: 'workflows/pending.ts',
        find: 'batch.findIndex((other) => other.event.id === event.id) === i',
        put: 'i >= 0',
      },
    ],
  },
  {
    name: 'drain before a new run',
    what: 'a run ends while events wait, and forgets them',
    row: 7,
    edits: [
      {
        file: 'workflows/conversation-run.ts',
        find: 'const waiting = this.queue.map(({ event }) => event);',
        put: 'const waiting: Event[] = [];',
      },
      {
        file: 'workflows/conversation-run.ts',
        find: 'if (this.hasWork()) this.held =',
        put: 'if (this.hasWork() && !this.isOver()) this.held =',
      },
      {
        file: 'workflows/conversation-run.ts',
        find: 'else if (this.isOver() && (await this.isQuiet()))',
        put: 'else',
      },
    ],
  },
  {
    name: 'bounded waiting',
    what: 'one activity repeats a write without end, and its run never ends meanwhile',
    row: 22,
    edits: [
      { file: 'workflows/local-activities.ts', find: 'maximumAttempts: 4', put: "maximumInterval: '1s'" },
      { file: 'workflows/local-activities.ts', find: /scheduleToCloseTimeout: .*,\n/, put: '\n' },
    ],
  },
  {
    name: 'drain at a stop',
    what: 'a process that is told to stop does not finish what it has in hand',
    row: 11,
    edits: [
      { file: 'src/worker.ts', find: '() => worker.stop()', put: '() => process.exit(3)' },
      { file: 'src/api.ts', find: '() => api.stop()', put: '() => process.exit(3)' },
    ],
  },
  {
    name: 'order',
    what: 'signals that waited for a run to begin are handed over by name',
    row: 1,
    edits: [
      {
        file: 'workflows/conversation.ts',
        find: 'wf.setDefaultSignalHandler((name, payload) => run.receive(name, payload));',
        put: '',
      },
    ],
  },
];
