/** docs/dependencies.md has a line for every package, and for no other. */
import { devDependencies, dependencies, overrides } from '../../package.json';
import { read } from './fences';

const rows = read('docs/dependencies.md')
  .split('\n## Not from npm')[0]
  ?.matchAll(/^\| (`[^|]+`) \| ([^|]+) \| [^|]+ \|$/gm);
const packages = [...(rows ?? [])].flatMap(([, names = '', what]) =>
  names.split(', ').map((name) => [name.replaceAll('`', ''), what]),
);

it('docs/dependencies.md has a line for every package, and for no other', () => {
  expect(packages.map(([name]) => name).sort()).toEqual(
    [...Object.keys(dependencies), ...Object.keys(devDependencies)].sort(),
  );
});

it('says why a version is overridden', () => {
  for (const name of Object.keys(overrides))
    expect(read('docs/dependencies.md')).toContain(`\`${name}\` is under`);
});
