/**
 * `npm run test:mutations`: makes one harmful change at a time in a copy of the tree, and expects the row for
 * it to fail. A suite that passes with a broken service proves nothing.
 * `--only fence`: one change. `--seed 7`: the same again.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mutations, type Mutation } from './breaks';
import { changedTree } from './harness/tree';
import { repository } from './harness/world';

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

/** If nothing was accepted, the row failed because there was no service, and it has found nothing. */
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
