/**
 * `npm run test:mutations`: breaks what the promises rest on, in a copy of the tree, one break at a time, and expects the row
 * that watches over it to fail. A suite that passes over a broken service proves nothing.
 * `--only fence`: one break. `--seed 7`: the same again.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { changedTree, type Edit } from './harness/tree';
import { repository } from './harness/world';

interface Mutation {
  name: string;
  what: string;
  /** the row that has to fail */
  row: number;
  edits: Edit[];
}

const mutations: readonly Mutation[] = [
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
      { file: 'workflows/conversation.ts', find: '!held.recent_ids.includes(event.id) &&', put: 'held &&' },
      {
        file: 'workflows/conversation.ts',
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
        file: 'workflows/conversation.ts',
        find: 'if (queue.length === 0) await wf.continueAsNew',
        put: 'queue.length = 0; await wf.continueAsNew',
      },
      {
        file: 'workflows/conversation.ts',
        find: 'if (hasWork()) held =',
        put: 'if (hasWork() && !isLong()) held =',
      },
      { file: 'workflows/conversation.ts', find: 'else if (isLong() && (await quiet()))', put: 'else' },
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
      { file: 'workflows/conversation.ts', find: 'wf.setDefaultSignalHandler(handleSignal);', put: '' },
    ],
  },
];

const { values } = parseArgs({
  options: { only: { type: 'string' }, seed: { type: 'string', default: '1' } },
});

async function main(): Promise<void> {
  const wanted = mutations.filter(({ name }) => values.only === undefined || name.includes(values.only));
  let missed = 0;
  for (const mutation of wanted) {
    const caught = await isCaught(mutation);
    if (!caught) missed += 1;
    console.log(`${caught ? 'caught' : 'MISSED'}  row ${mutation.row}  ${mutation.name}: ${mutation.what}`);
  }
  console.log(`\n${wanted.length - missed} passed, ${missed} failed`);
  process.exitCode = missed === 0 && wanted.length > 0 ? 0 : 1;
}

/** A row that fails for want of a service (nothing was accepted) has caught nothing. */
async function isCaught({ row, edits }: Mutation): Promise<boolean> {
  const { tree, remove } = changedTree(edits);
  const json = path.join(tree, 'figures.json');
  try {
    const args = ['--only', String(row), '--short', '--seed', values.seed, '--tree', tree, '--json', json];
    const code = await run(['--import', 'tsx', path.join('test', 'faults', 'run.ts'), ...args]);
    const { rows } = JSON.parse(readFileSync(json, 'utf8')) as {
      rows: { audit: { accepted: number } | null }[];
    };
    return code === 1 && (rows[0]?.audit?.accepted ?? 0) > 0;
  } finally {
    remove();
  }
}

function run(args: string[]): Promise<number | null> {
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve) => child.once('exit', resolve));
}

void main();
