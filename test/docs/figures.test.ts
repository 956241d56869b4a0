/** The figures of the documents are those of docs/benchmark/figures.json. */
import { merged, withFigures, type Figure, type Figures } from '../../bench/speed';
import { read } from './fences';

const figures = JSON.parse(read('docs/benchmark/figures.json')) as Figures;

it.each(['README.md', 'docs/benchmark/README.md'])('%s shows them (npm run bench:publish)', (document) => {
  expect(read(document)).toMatch(/<!-- (speed|table: embedded) -->\n\n[^]+?\n\n<!-- \/(speed|table) -->/);
  expect(withFigures(read(document), figures)).toBe(read(document));
});

it('a line of a newer run replaces the one of its name, at any load', () => {
  const [first, ...others] = figures.embedded as [Figure, ...Figure[]];
  const newer = { ...first, what: `${first.what} (70/s)`, ours: '1/s' };
  expect(merged([first, ...others], [newer])).toEqual([newer, ...others]);
});
