import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { OperatorError, errorCode, reason } from '../runtime/operator-error';
import { lockFolder } from './folder-lock';
import { readIfThere, writePrivateFile } from './private-file';

/**
 * The layout of the folder that this code reads and writes. Raise it when an older program could harm a newer
 * folder.
 */
const format = 1;

const versionFile = z.object({ format: z.number().int() });

/** The folder with all data of the embedded parts. Only this process may use it until it is closed. */
export interface DataFolder {
  readonly dir: string;
  /** The absolute path of a file or folder in it. */
  at(...parts: string[]): string;
  close(): void;
}

/**
 * Opens the folder, and makes it if it is missing. A folder without a version is an older one and is taken as
 * it is.
 * @throws OperatorError when it is in use, newer than this program, or we may not write to it
 */
export function openDataFolder(dir: string): DataFolder {
  const at = (...parts: string[]) => path.join(dir, ...parts);
  makeFolder(dir);
  checkOurs(dir);
  const lock = lockFolder(dir);
  try {
    checkVersion(at('version.json'));
    for (const part of ['run', 'logs']) mkdirSync(at(part), { recursive: true, mode: 0o700 });
    writePrivateFile(at('version.json'), `${JSON.stringify({ format })}\n`);
  } catch (error) {
    lock.release();
    throw error;
  }
  return { dir, at, close: () => lock.release() };
}

function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (!statSync(dir).isDirectory()) throw new Error('it is not a folder');
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const why =
      errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOTDIR' ? 'it is not a folder' : reason(error);
    throw new OperatorError(
      `DATA_DIR ${dir} cannot be used (${why}): set DATA_DIR to a folder you may write to`,
    );
  }
}

function checkVersion(file: string): void {
  const text = readIfThere(file);
  if (text === undefined) return;
  const version = versionFile.safeParse(parseJson(text));
  if (!version.success) {
    throw new OperatorError(
      `${file} is damaged: restore it from a backup, or set DATA_DIR to another folder`,
    );
  }
  if (version.data.format > format) {
    throw new OperatorError(
      `${file} is of format ${version.data.format}, from a newer version of this program (this one knows ${format}): ` +
        'update this clone, or set DATA_DIR to another folder',
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Our own files there, besides PostgreSQL's folder. */
const ours = [
  ...['lock', 'version.json', 'api-key', 'api-url', 'postgres-password', 'temporal.whole'],
  ...['temporal.db', 'temporal.db-wal', 'temporal.db-shm'],
  ...['run', 'run/postgres.json', 'run/temporal.json', 'logs', 'logs/postgres.log', 'logs/temporal.log'],
];

/**
 * A folder that root has used holds files that an ordinary user may not write. Say so before a server fails
 * on them.
 */
function checkOurs(dir: string): void {
  const foreign = ours.map((name) => path.join(dir, name)).find(isForeign);
  if (foreign === undefined) return;
  throw new OperatorError(
    `${foreign} belongs to another user: run as the user who made it, or set DATA_DIR to another folder`,
  );
}

function isForeign(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return false;
  } catch (error) {
    return errorCode(error) !== 'ENOENT';
  }
}
