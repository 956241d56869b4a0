/** Writes `dist`: the same sources as ES modules and as CommonJS, each with its types. `npm pack` runs it first. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');

rmSync(path.join(here, 'dist'), { recursive: true, force: true });
for (const [kind, type] of [
  ['esm', 'module'],
  ['cjs', 'commonjs'],
]) {
  execFileSync(process.execPath, [tsc, '-p', path.join(here, `tsconfig.${kind}.json`)], { stdio: 'inherit' });
  writeFileSync(path.join(here, 'dist', kind, 'package.json'), `{ "type": "${type}" }\n`);
}
