import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const repository = path.join(__dirname, '..', '..', '..');

/** A place in the code and its replacement. */
export interface Edit {
  file: string;
  find: string | RegExp;
  put: string;
}

const PARTS = ['src', 'workflows', 'activities', 'package.json', 'package-lock.json', 'tsconfig.json'];

/**
 * A changed copy of the service's code, with this tree's packages.
 * @throws when the place is not there any more: the edit must follow the code
 */
export function changedTree(edits: readonly Edit[]): { tree: string; remove: () => void } {
  const tree = mkdtempSync(path.join(tmpdir(), 'conversation-status-tree-'));
  for (const part of PARTS) cpSync(path.join(repository, part), path.join(tree, part), { recursive: true });
  symlinkSync(path.join(repository, 'node_modules'), path.join(tree, 'node_modules'));
  for (const { file, find, put } of edits) {
    const place = path.join(tree, file);
    const text = readFileSync(place, 'utf8');
    const changed = text.replace(find, () => put);
    if (changed === text) throw new Error(`${file} no longer has ${String(find)}`);
    writeFileSync(place, changed);
  }
  return { tree, remove: () => rmSync(tree, { recursive: true, force: true }) };
}
