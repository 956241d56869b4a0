/**
 * `npm run test:faults`: breaks a real service in every way that it promises to survive, and prints the
 * result.
 * `--only 1,3`: some rows. `--seed 7`: the same again. `--short`: small counts. `--json FILE`: the figures
 * for machines.
 * `--tree DIR`: another copy of the code.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { asJson, details, table, type Result } from './harness/report';
import { passed, type Outcome, type Row } from './harness/row';
import { World } from './harness/world';
import { rows } from './rows';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
    tree: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const tree = values.tree === undefined ? undefined : path.resolve(values.tree);
const { short } = values;
let shared: World | null = null;

async function main(): Promise<void> {
  const only = values.only?.split(',').map(Number);
  const wanted = rows.filter((row) => !only || only.includes(row.n));
  console.log(`seed ${seed}${short ? ', short' : ''}`);
  const results: Result[] = [];
  for (const row of wanted) {
    const began = Date.now();
    if (row.run) console.log(`row ${row.n}: ${row.promise} …`);
    const outcome = row.run ? await tried(row) : null;
    results.push({ row, outcome, seconds: (Date.now() - began) / 1_000 });
  }
  await shared?.close();
  console.log(`\n${table(results)}\n\n${details(results)}`);
  if (values.json !== undefined) writeFileSync(values.json, asJson(results, seed, short));
  const failed = results.filter(({ outcome }) => outcome && !passed(outcome)).length;
  const ran = results.filter(({ outcome }) => outcome).length;
  console.log(`\n${ran - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && ran > 0 ? 0 : 1;
}

/** Rows share servers if they can; each has an inbox of its own. */
async function tried(row: Row): Promise<Outcome> {
  let world: World | null = null;
  try {
    world = row.world ? await World.open({ ...row.world, tree }) : (shared ??= await World.open({ tree }));
    return await row.run!({ world, seed, short, inbox: `row${row.n}` });
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { audit: null, failed: [what], figures: {} };
  } finally {
    if (world) await (world === shared ? world.endParts() : world.close());
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void (shared?.close() ?? Promise.resolve()).finally(() => process.exit(1)));
}
void main().then(() => process.exit());
