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
  return kept(file, () => prefix + randomBytes(24).toString('base64url'));
}

/** A key for encryption, kept in the same way. */
export function keptKey(file: string): Buffer {
  return Buffer.from(
    kept(file, () => randomBytes(32).toString('base64')),
    'base64',
  );
}

function kept(file: string, make: () => string): string {
  const there = readIfThere(file)?.trim();
  if (there) return there;
  const made = make();
  writePrivateFile(file, `${made}\n`);
  return made;
}
