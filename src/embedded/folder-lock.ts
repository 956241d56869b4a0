import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { OperatorError, errorCode } from '../runtime/operator-error';
import { readIfThere } from './private-file';
import { birthOf } from './process-birth';

/**
 * Makes this process the only one that works in a data folder, until `release` or until it ends. A lock whose
 * process is gone is stale and is taken over.
 * @throws OperatorError when another living process holds it
 */
export function lockFolder(dir: string): { release(): void } {
  const lock = `${dir}/lock`;
  const mine = `${lock}.${process.pid}`;
  const text = JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) });
  writeFileSync(mine, text, { mode: 0o600 });
  try {
    // link() gives the lock its name and its content in one step, and fails if it exists.
    while (!linked(mine, lock)) removeStale(dir, lock);
  } finally {
    rmSync(mine, { force: true });
  }
  return {
    release: () => {
      if (readIfThere(lock) === text) rmSync(lock, { force: true });
    },
  };
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function removeStale(dir: string, lock: string): void {
  const seen = readIfThere(lock);
  if (seen === undefined) return;
  const holder = parse(seen);
  if (holder && holder.birth === birthOf(holder.pid)) {
    throw new OperatorError(
      `${dir} is in use by another start (process ${holder.pid}): stop that one, or set DATA_DIR to another folder`,
    );
  }
  // Rename it before it is removed. Two starts may both have seen the stale lock; so neither can remove a new
  // one of the other.
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(aside) !== seen) linked(aside, lock);
  rmSync(aside, { force: true });
}

function parse(text: string): { pid: number; birth: string } | undefined {
  try {
    const value = JSON.parse(text) as { pid?: unknown; birth?: unknown };
    return typeof value.pid === 'number' && typeof value.birth === 'string'
      ? { pid: value.pid, birth: value.birth }
      : undefined;
  } catch {
    return undefined;
  }
}
