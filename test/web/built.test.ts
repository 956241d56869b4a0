import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const root = path.join(__dirname, '..', '..');
const built = path.join(root, 'web', 'dist');

const filesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), readFileSync(file, 'utf8')]),
  );

test('the page that is served is made of the sources beside it: npm run build:web', () => {
  const fresh = mkdtempSync(path.join(tmpdir(), 'page-'));
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  execFileSync(process.execPath, [vite, 'build', 'web', '--outDir', fresh, '--logLevel', 'error'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    const [served, made] = [filesIn(built), filesIn(fresh)];
    expect(Object.keys(served)).toEqual(Object.keys(made)); // the names of assets are made of their contents
    expect(served['index.html']).toBe(made['index.html']);
  } finally {
    rmSync(fresh, { recursive: true });
  }
});

test('the page is less than 100 kB compressed', () => {
  const sizes = Object.values(filesIn(built)).map((text) => gzipSync(text).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
});
