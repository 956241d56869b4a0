import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

interface Figures {
  row: number;
  pass: boolean;
  failed: string[];
  audit: {
    lost: number;
    duplicated: number;
    out_of_order: number;
    differing: number;
    problems: string[];
  } | null;
}

const repository = path.join(__dirname, '..');
const ROWS = [1, 2, 3, 11, 21, 23, 22, 24, 25];
const folder = mkdtempSync(path.join(tmpdir(), 'conversation-status-figures-'));
const json = path.join(folder, 'figures.json');

/** The long version of these rows, and all others: `npm run test:faults`. */
describe('given real processes that are killed, stopped and cut off from each other', () => {
  let figures: Figures[] = [];

  beforeAll(async () => {
    const args = ['--only', ROWS.join(), '--short', '--seed', '1', '--json', json];
    const run = ['--import', 'tsx', 'test/faults/run.ts', ...args];
    await promisify(execFile)(process.execPath, run, { cwd: repository }).catch(() => {}); // the figures say what failed
    figures = (JSON.parse(readFileSync(json, 'utf8')) as { rows: Figures[] }).rows;
  }, 900_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    [1, 'an accepted event is applied once and in order, though the worker is killed'],
    [2, 'Temporal going away loses nothing and is told honestly'],
    [3, 'PostgreSQL going away loses nothing, and events are still accepted'],
    [11, 'stopping is clean'],
    [21, 'rules and workflow may change under open conversations'],
    [22, 'no outage is too long'],
    [23, 'a connection that dies without a word is noticed'],
    [24, 'a webhook tells all, in order, and only the truth'],
    [25, 'the stream has no gaps'],
  ])('then row %i holds: %s', (n) => {
    const row = figures.find((f) => f.row === n);
    expect({ failed: row?.failed, ...row?.audit, pass: row?.pass }).toMatchObject({
      ...{ failed: [], lost: 0, duplicated: 0, out_of_order: 0, differing: 0, problems: [], pass: true },
    });
  });
});
