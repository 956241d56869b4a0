import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { errorCode } from '../runtime/operator-error';

/**
 * Writes a file that only its owner may read. After a crash there is the old file or the new one, never a
 * part.
 */
export function writePrivateFile(file: string, text: string): void {
  const next = `${file}.${process.pid}.new`;
  const fd = openSync(next, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, file);
}

/** The file's text, or undefined if there is no such file. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The secret in that file (192 random bits, URL-safe). The first call makes it. */
export function keptSecret(file: string, prefix = ''): string {
  const kept = readIfThere(file)?.trim();
  if (kept) return kept;
  const made = prefix + randomBytes(24).toString('base64url');
  writePrivateFile(file, `${made}\n`);
  return made;
}
