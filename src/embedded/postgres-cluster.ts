import { spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { OperatorError } from '../runtime/operator-error';
import type { DataFolder } from './data-folder';
import type { PostgresUser } from './postgres-user';
import { readIfThere } from './private-file';
import { birthOf } from './process-birth';

/** The major version of the binaries. They cannot open a cluster of another one. */
const major = '18';

const halfMade = 'postgres.new';

/** The superuser's name, and that of the service's database. */
export const owner = 'conversations';

/**
 * How the server learns where its data lies. As another user it may not look into the folders above. It need
 * not if it starts in the folder itself.
 */
export function dataDirArgument(dir: string, user: PostgresUser | undefined): string {
  return user && process.platform === 'linux' ? '/proc/self/cwd' : dir;
}

/**
 * Makes the cluster in the data folder if there is none. It is made in another folder and renamed when it is
 * complete. What a killed start left is removed.
 * @throws OperatorError when the folder holds something else than our cluster
 */
export async function ensureCluster(
  folder: DataFolder,
  home: string,
  user: PostgresUser | undefined,
  passwordFile: string,
) {
  const dir = folder.at('postgres');
  dropHalfMade(folder);
  if (existsSync(dir)) return checkCluster(dir, user);
  const aside = mkdtempSync(folder.at(halfMade)); // for its owner alone
  if (user) chownSync(aside, user.uid, user.gid);
  await initialise(aside, home, user, passwordFile);
  renameSync(aside, dir);
}

/** The initdb of a killed start may still run, so each gets a folder of its own. */
function dropHalfMade(folder: DataFolder): void {
  for (const name of readdirSync(folder.dir).filter((name) => name.startsWith(halfMade))) {
    rmSync(folder.at(name), { recursive: true, force: true, maxRetries: 10 });
  }
}

function checkCluster(dir: string, user: PostgresUser | undefined): void {
  const stat = statSync(dir);
  if (stat.uid !== (user?.uid ?? process.getuid?.() ?? stat.uid)) {
    throw new OperatorError(
      `${dir} belongs to another user: run as the user who made it, or set DATA_DIR to another folder`,
    );
  }
  const version = readIfThere(path.join(dir, 'PG_VERSION'))?.trim();
  if (version === undefined || !existsSync(path.join(dir, 'global', 'pg_control'))) {
    throw new OperatorError(
      `${dir} is not a complete PostgreSQL cluster: restore it from a backup, or move it away to begin with an empty one`,
    );
  }
  if (version !== major) {
    throw new OperatorError(
      `${dir} holds data of PostgreSQL ${version}, and this program has ${major}: move the data over with pg_dump and ` +
        'pg_restore, or set DATA_DIR to another folder',
    );
  }
}

/**
 * Text is ordered by code point and not by the machine's locale, so that an index has the same order on every
 * machine.
 * @throws OperatorError with what initdb said
 */
async function initialise(dir: string, home: string, user: PostgresUser | undefined, passwordFile: string) {
  // Another user may not look into our folder, so it gets the open file. To read it, it must own it.
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const password = openSync(passwordFile, 'r');
  const args = [
    ...[`--pgdata=${dataDirArgument(dir, user)}`, `--username=${owner}`],
    ...['--auth=scram-sha-256', `--pwfile=${user ? '/dev/fd/3' : passwordFile}`],
    ...[
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
  ];
  const initdb = spawn(path.join(home, 'bin', 'initdb'), args, {
    cwd: dir,
    ...user,
    stdio: ['ignore', 'ignore', 'pipe', password],
  });
  let said = '';
  initdb.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  try {
    await new Promise<void>((resolve, reject) => {
      initdb.once('error', reject);
      initdb.once('close', (code) =>
        code === 0
          ? resolve()
          : reject(new OperatorError(`initdb could not make a PostgreSQL cluster:\n${said.trim()}`)),
      );
    });
  } finally {
    closeSync(password);
  }
}

/**
 * Removes the pid file of a server that was killed. PostgreSQL itself takes any living process with that
 * number for the old server. After a reboot or in a container it may be any program.
 * @throws OperatorError when a server really works on this data
 */
export function clearStalePid(dir: string): void {
  const file = path.join(dir, 'postmaster.pid');
  const pid = Number(readIfThere(file)?.split('\n', 1)[0]);
  if (!Number.isInteger(pid)) return;
  if (birthOf(pid) !== undefined && worksIn(pid, dir)) {
    throw new OperatorError(
      `${dir} is in use by a PostgreSQL that this program did not start: stop process ${pid}`,
    );
  }
  rmSync(file, { force: true });
}

/** If the system does not tell a process's folder, PostgreSQL has to decide by the number. */
function worksIn(pid: number, dir: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dir);
  } catch {
    return process.platform !== 'linux';
  }
}
