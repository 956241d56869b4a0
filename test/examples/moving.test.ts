/** The examples that make lines of what others export, typed as their heads say, and an import that takes all of them. */
import { exec } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { TestApi } from '../http/support/api';

const repository = path.join(__dirname, '..', '..');
const folder = 'examples/moving';
let api: TestApi;
beforeAll(async () => void (api = await TestApi.start()));
afterAll(() => api.stop());

const typed = (command: string) =>
  promisify(exec)(`node --import tsx ${folder}/${command}`, { cwd: repository });

/** @returns what was imported, by its id */
async function imported(lines: string): Promise<Record<string, object>> {
  const inbox = await api.inbox();
  const { text } = await api.post(`/v1/inboxes/${inbox}/import`, lines, {
    headers: { 'Content-Type': 'application/x-ndjson' },
  });
  const count = lines.trim().split('\n').length;
  expect(JSON.parse(text)).toMatchObject({ imported: count, refused: 0 });
  const items = await api.all(`/v1/inboxes/${inbox}/conversations?archived=any`, 200);
  return Object.fromEntries(items.map((item) => [String(item.conversation), item]));
}

test('pages of Chatwoot’s conversations', async () => {
  const { stdout } = await typed(`chatwoot.ts ${folder}/chatwoot-page.json`);
  expect(await imported(stdout)).toMatchObject({
    'chatwoot-1': {
      ...{ status: 'new', unread: true, waiting_on: 'agent', tags: [{ name: 'vip', locked: false }] },
      waiting_since: '2025-11-24T16:00:00.000Z',
    },
    'chatwoot-2': {
      ...{ status: 'in_progress', unread: false, waiting_on: 'customer' },
      ...{ assignee: { agent: 'ana', team: 'sales' }, last_agent_reply_at: '2025-11-24T18:00:00.000Z' },
    },
    'chatwoot-3': {
      ...{ status: 'closed', blocked: true, closed_at: '2025-11-14T06:00:00.000Z' },
      tags: [
        { name: 'refund', locked: true },
        { name: 'spam', locked: true },
      ],
    },
    'chatwoot-4': { status: 'in_progress', snoozed_until: '2027-06-01T08:00:00.000Z' },
    'chatwoot-5': { status: 'new', unread: true },
  });
});

test('a CSV file with a mapping of its columns', async () => {
  const { stdout } = await typed(`csv.ts ${folder}/mapping.json < ${folder}/conversations.csv`);
  expect(await imported(stdout)).toMatchObject({
    1001: { status: 'new', assignee: { team: 'support', agent: null }, waiting_on: 'agent' },
    1002: {
      ...{ status: 'in_progress', started_at: '2025-11-19T09:00:00.000Z', waiting_on: 'customer' },
      tags: [{ name: 'vip' }, { name: 'refund' }],
    },
    1003: {
      status: 'closed',
      assignee: { agent: 'ben, the second' },
      tags: [{ name: 'late "again"', locked: true }],
    },
  });
});

test.each([
  ['a column that is not there', `printf 'Ticket,Status\\n1,Open\\n'`, 'there is no column State'],
  [
    'a value that the mapping lacks',
    `printf 'Ticket,State\\n1,Hold\\n'`,
    'row 1: the mapping has no value for State "Hold"',
  ],
])('of %s the program says so and ends', async (_, file, said) => {
  const command = `${file} | node --import tsx ${folder}/csv.ts ${folder}/mapping.json`;
  await expect(promisify(exec)(command, { cwd: repository })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(said) as string,
  });
});
