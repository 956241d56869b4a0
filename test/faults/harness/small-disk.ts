/** A file system that is small enough to fill. Only root may mount one. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

const CHUNK = Buffer.alloc(1 << 20);

/** @throws when this user may not mount */
export function mountSmall(dir: string, megabytes: number): void {
  const options = `size=${megabytes}m,mode=0755`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir], { stdio: 'pipe' });
}

export function unmount(dir: string): void {
  execFileSync('umount', ['--lazy', dir], { stdio: 'pipe' });
}

/** Writes until the disk is full. @returns a function that frees it again */
export function fill(dir: string): () => void {
  const file = path.join(dir, 'filler');
  const fd = openSync(file, 'w');
  try {
    for (;;) writeSync(fd, CHUNK);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(fd);
  }
  return () => rmSync(file, { force: true });
}
