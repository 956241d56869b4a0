/** A reviewer can try each claim of the page: it names the test that holds it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { scripts } from '../../package.json';
import { SCOPES } from '../../src/db/keys';
import { read, root } from './fences';

const page = read('docs/callers/security.md');
/** The cells of each row, without the heads. */
const rows = page
  .split('\n')
  .filter((line) => /^\| /.test(line) && !/^\| (where|claim) /.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

it.each(rows.map((cells) => [cells[0], cells.at(-1) ?? '']))('“%s” names its tests', (_, tests) => {
  const files = [...tests.matchAll(/`(test\/[\w./-]+)`/g)].map(([, file = '']) => file);
  const commands = [...tests.matchAll(/`npm run (test:\w+)/g)].map(([, name = '']) => name);
  expect(files.length + commands.length).toBeGreaterThan(0);
  for (const file of files) {
    expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
    expect(read(file)).toMatch(/^\s*(it|test)(\.each)?[(`]/m);
  }
  for (const name of commands) expect(scripts).toHaveProperty([name]);
});

it('says of every table what is in it', () => {
  const tables = [...read('test/db/schema.sql').matchAll(/^CREATE (?:UNLOGGED )?TABLE (\w+)/gm)];
  expect(tables.length).toBeGreaterThan(20);
  const stored = rows.filter(([where]) => /^PostgreSQL/.test(where ?? '')).join();
  expect(tables.map(([, name]) => name).filter((name) => !stored.includes(`\`${name}\``))).toEqual([]);
});

it('names every scope', () => {
  const named = /^Scopes of a key: (.*?)\.(?: |$)/m.exec(page)?.[1];
  expect(named?.match(/[\w:]+/g)?.sort()).toEqual([...SCOPES].sort());
});
