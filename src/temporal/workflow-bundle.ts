import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
/** What the bundle is made of, and how it is made. */
const sources = ['workflows', 'src/domain', 'src/temporal', 'package-lock.json'];

/**
 * What is loaded once and not for each conversation: rules and schemas, which keep nothing of any conversation. A conversation
 * in the cache is an eighth as large without its own.
 */
const shared = ['workflows/stack-traces.ts', 'src/domain/ledger.ts', 'src/domain/received.ts'].map((file) =>
  path.join(root, file),
);

/** Where the worker and the sandbox both find how payloads are read. */
export const payloadConverterPath = path.join(root, 'src', 'temporal', 'payload-converter.ts');

/**
 * The workflows' code as the sandbox loads it, bundled anew only when a source or a package has changed: bundling takes
 * seconds, which each start would wait for.
 */
export async function workflowBundle(cacheDir = path.join(root, '.cache')): Promise<WorkflowBundle> {
  const name = `workflows-${hashOfSources()}.js`;
  const kept = path.join(cacheDir, name);
  try {
    return { code: readFileSync(kept, 'utf8') };
  } catch {
    const { code } = await bundleWorkflowCode({
      workflowsPath: path.join(root, 'workflows', 'index.ts'),
      payloadConverterPath,
      preloadModules: shared,
      logger: new DefaultLogger('WARN'),
    });
    keep(cacheDir, name, code);
    return { code };
  }
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of filesOf(path.join(root, source)).sort()) {
      hash
        .update(`${path.relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0');
    }
  }
  return hash.digest('hex').slice(0, 24);
}

function filesOf(place: string): string[] {
  if (path.extname(place) !== '') return [place];
  const entries = readdirSync(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

/** Only a convenience: a cache that cannot be written costs the next start its seconds, nothing else. */
function keep(cacheDir: string, name: string, code: string): void {
  try {
    mkdirSync(cacheDir, { recursive: true });
    const aside = path.join(cacheDir, `${name}.${process.pid}`);
    writeFileSync(aside, code);
    renameSync(aside, path.join(cacheDir, name));
    const old = readdirSync(cacheDir).filter((file) => /^workflows-.*\.js$/.test(file) && file !== name);
    for (const file of old) rmSync(path.join(cacheDir, file), { force: true });
  } catch {
    return;
  }
}
