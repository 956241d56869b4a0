/** What the documents mention is there: files they link to, npm scripts, environment variables, files in code type. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { scripts } from '../../package.json';
import { fences, read, root } from './fences';

const markdown = (folder: string, recursive: boolean) =>
  readdirSync(path.join(root, folder), { recursive, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join(folder, file));
const documents = [...markdown('.', false), ...markdown('docs', true)];
const withoutFences = (text: string) => fences(text).reduce((rest, { text: t }) => rest.replace(t, ''), text);

describe.each(documents)('%s', (document) => {
  const text = read(document);

  it('links to what is there', () => {
    const links = [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
    for (const to of links.filter((link) => !/^https?:/.test(link))) {
      const [file = ''] = to.split('#');
      expect([to, existsSync(path.join(root, path.dirname(document), file))]).toEqual([to, true]);
    }
  });

  it('names npm scripts that are there', () => {
    for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
      expect(scripts).toHaveProperty([name]);
  });

  it('names files that are there', () => {
    const named = withoutFences(text).matchAll(
      /`((?:src|test|workflows|activities|deploy|docs|examples|bench|scripts)\/[\w/.-]+)`/g,
    );
    for (const [, file = ''] of named)
      expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
  });
});

it('README.md has a line for every environment variable', () => {
  const variables = [...read('src/runtime/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(
    ([, name = '']) => name,
  );
  const named = (name: string) => read('README.md').includes(`\`${name}\``) || /^TEMPORAL_TLS_/.test(name);
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
