/** What the pages say is told and promised: each type of effect, and each row of `npm run test:faults`. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { EFFECT_TYPES } from '../../src/domain/effect-types';
import { read, root } from './fences';

it('docs/callers/receiver.md has every type of effect, and no other', () => {
  const named = [...read('docs/callers/receiver.md').matchAll(/^\| (`[^|]+) \|/gm)].flatMap(
    ([, types = '']) => [...types.matchAll(/`([\w.]+)`/g)].map(([, type]) => type),
  );
  expect(named.sort()).toEqual([...EFFECT_TYPES].sort());
});

it('docs/operations.md has every promise, by its number and in its words', () => {
  const folder = 'test/faults/rows';
  const rows = readdirSync(path.join(root, folder)).flatMap((file) => {
    const text = read(path.join(folder, file));
    const here = [...text.matchAll(/^ {2}n: (\d+),\n {2}promise:\s+'(.+)',$/gm)];
    const elsewhere = [...text.matchAll(/^ {2}elsewhere\((\d+), '(.+)', '(.+)'\),$/gm)];
    return [...here, ...elsewhere].map(([, ...row]) => row.filter(Boolean));
  });
  const shown = [...read('docs/operations.md').matchAll(/^\| (\d+) \| (.+?) \| (?:`(.+)` )?\|$/gm)];
  expect(rows.length).toBeGreaterThan(20);
  expect(shown.map(([, ...row]) => row.filter(Boolean))).toEqual(
    rows.sort(([a], [b]) => Number(a) - Number(b)),
  );
});
