import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
/** The sources of the bundle, and the code that makes it. */
const sources = ['workflows', 'src/domain', 'src/temporal', 'package-lock.json'];

/**
 * What is loaded once for all conversations: rules and schemas, which hold no state of a conversation.
 * Without a copy of its own, a conversation in the cache takes an eighth of the memory.
 */
const shared = ['workflows/stack-traces.ts', 'src/domain/ledger.ts', 'src/domain/read-event.ts'].map((file) =>
  path.join(root, file),
);

/** It hands the traces of events on. */
const interceptors = path.join(root, 'workflows', 'tracing.ts');

/** The payload converter's path, for the worker and for the sandbox. */
export const payloadConverterPath = path.join(root, 'src', 'temporal', 'payload-converter.ts');
/** Where payloads are encrypted, and how failures are written then. */
export const failureConverterPath = path.join(root, 'src', 'temporal', 'failure-converter.ts');

/**
 * The workflows' code as the sandbox loads it. It is bundled again only if a source or a package has changed,
 * because bundling takes seconds and each start would wait for it.
 */
export async function workflowBundle(
  cacheDir = path.join(root, '.cache'),
  encrypts = false,
): Promise<WorkflowBundle> {
  const kind = encrypts ? 'encrypting-workflows' : 'workflows';
  const name = `${kind}-${hashOfSources()}.js`;
  const kept = path.join(cacheDir, name);
  try {
    return { code: readFileSync(kept, 'utf8') };
  } catch {
    const { code } = await bundleWorkflowCode({
      workflowsPath: path.join(root, 'workflows', 'index.ts'),
      payloadConverterPath,
      ...(encrypts && { failureConverterPath }),
      preloadModules: shared,
      workflowInterceptorModules: [interceptors],
      logger: new DefaultLogger('WARN'),
    });
    keep(cacheDir, kind, name, code);
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

/** If the cache cannot be written, only the next start takes longer. */
function keep(cacheDir: string, kind: string, name: string, code: string): void {
  try {
    mkdirSync(cacheDir, { recursive: true });
    const aside = path.join(cacheDir, `${name}.${process.pid}`);
    writeFileSync(aside, code);
    renameSync(aside, path.join(cacheDir, name));
    const old = readdirSync(cacheDir).filter(
      (file) => file.startsWith(`${kind}-`) && file.endsWith('.js') && file !== name,
    );
    for (const file of old) rmSync(path.join(cacheDir, file), { force: true });
  } catch {
    return;
  }
}
