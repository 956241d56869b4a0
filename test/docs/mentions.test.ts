/** What the documents mention exists: links, npm scripts, environment variables, files in code type. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { scripts } from '../../package.json';
import { fences, markdown, read, root } from './fences';

const documents = [...markdown('.'), ...markdown('docs', true)];
const withoutFences = (text: string) => fences(text).reduce((rest, { text: t }) => rest.replace(t, ''), text);

/** As GitHub makes them of headings. */
const anchorsOf = (text: string) =>
  [...withoutFences(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe.each(documents)('%s', (document) => {
  const text = read(document);

  it('links to what is there', () => {
    const links = [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
    for (const to of links.filter((link) => !/^https?:/.test(link))) {
      const [file = '', anchor] = to.split('#');
      const there = file === '' ? document : path.join(path.dirname(document), file);
      expect([to, existsSync(path.join(root, there))]).toEqual([to, true]);
      if (anchor !== undefined && there.endsWith('.md'))
        expect([to, anchorsOf(read(there))]).toEqual([to, expect.arrayContaining([anchor])]);
    }
  });

  it('names npm scripts that are there', () => {
    for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
      expect(scripts).toHaveProperty([name]);
  });

  it('names files that are there', () => {
    const named = [...withoutFences(text).matchAll(/`([\w.-]+\/[\w/.-]*)`/g)].map(([, file = '']) => file);
    const ours = named.filter((file) => existsSync(path.join(root, file.split('/')[0] ?? '')));
    for (const file of ours.filter(
      (name) => !/^(node_modules|\.data|\.cache|dist|bench\/results)/.test(name),
    ))
      expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
  });
});

it('comments in the code name files that are there', () => {
  const folders = ['src', 'workflows', 'activities', 'test', 'bench', 'examples', 'scripts', 'deploy'];
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|js|mjs|sh|yml|yaml|sql)$/.test(file))
      .map((file) => path.join(folder, file)),
  );
  const paths = new RegExp(
    `(?<![\\w/.])(?:${folders.join('|')}|docs)/[\\w/.-]+\\.(?:ts|js|md|sh|sql|json|yml|yaml)\\b`,
    'g',
  );
  const missing = files.flatMap((file) =>
    [...read(file).matchAll(/^\s*(?:\/?\*|\/\/|--|#).*$/gm)]
      .flatMap(([comment]) => comment.match(paths) ?? [])
      .filter((named) => !existsSync(path.join(root, named)))
      .map((named) => `${file}: ${named}`),
  );
  expect(missing).toEqual([]);
});

it('README.md fits', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200);
});

it('docs/operations.md has a line for every environment variable', () => {
  const variables = [...read('src/runtime/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(
    ([, name = '']) => name,
  );
  const named = (name: string) =>
    read('docs/operations.md').includes(`\`${name}\``) || /^TEMPORAL_TLS_/.test(name);
  expect(variables.length).toBeGreaterThan(10);
  expect(variables.filter((name) => !named(name))).toEqual([]);
});

it('docs/decisions/README.md lists every decision', () => {
  const index = read('docs/decisions/README.md');
  for (const page of documents.filter((file) => /decisions\/0/.test(file))) {
    const title = /^# (.*)$/m.exec(read(page))?.[1];
    expect(index).toContain(`- [${title}](${path.basename(page)})`);
  }
});
