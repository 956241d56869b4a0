import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { OperatorError } from '../runtime/operator-error';

export interface PostgresUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user that PostgreSQL runs as; undefined: this process's user. PostgreSQL refuses to run as root. So if
 * we are root, it is the owner of the data if there is data, else the user `postgres`, who is made if
 * missing.
 * @throws OperatorError when we are root and no such user can be made
 */
export function postgresUser(dataDir: string): PostgresUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { name: `with id ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  const user = lookUp('postgres') ?? (make('postgres') ? lookUp('postgres') : undefined);
  if (user) return user;
  throw new OperatorError(
    "PostgreSQL refuses to run as root, and there is no user postgres to run it as: make one ('useradd --system postgres'), " +
      'run as an ordinary user, or set DATABASE_URL',
  );
}

function lookUp(name: string): PostgresUser | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { name, uid, gid };
}

/** `useradd` on most systems, `adduser` on small ones. */
function make(name: string): boolean {
  const shadow = [
    'useradd',
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    name,
  ];
  const busybox = ['adduser', '-S', '-D', '-H', name];
  return [shadow, busybox].some(([command = '', ...args]) => spawnSync(command, args).status === 0);
}
