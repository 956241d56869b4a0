import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openDataFolder, type DataFolder } from '../../src/embedded/data-folder';
import { startPostgres, type EmbeddedPostgres } from '../../src/embedded/postgres-server';
import { keptSecret } from '../../src/embedded/private-file';
import { startTemporal } from '../../src/embedded/temporal-server';
import { createLogger } from '../../src/runtime/log';
import { cleanUp, isAlive, repository, serversOf, temporaryFolder } from './service';

const logger = createLogger('silent');
const cacheDir = path.join(repository, '.cache');

let open: DataFolder | undefined;
let started: Pick<EmbeddedPostgres, 'stop'>[] = [];

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  started = [];
  open?.close();
  open = undefined;
  await cleanUp();
});

function opened(dir = temporaryFolder()): DataFolder {
  return (open = openDataFolder(dir));
}

async function postgres(folder: DataFolder): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ folder, logger });
  started.push(server);
  return server;
}

async function temporal(folder: DataFolder) {
  const server = await startTemporal({
    folder,
    logger,
    cacheDir,
    namespace: 'default',
    keywords: ['InboxId'],
  });
  started.push(server);
  return server;
}

describe('the data folder', () => {
  it('is made where it is missing, for its owner alone, with secrets that stay the same', () => {
    const folder = opened(path.join(temporaryFolder(), 'a', 'b'));
    const secret = keptSecret(folder.at('api-key'), 'cs_');
    expect(secret).toMatch(/^cs_[\w-]{32}$/);
    expect(keptSecret(folder.at('api-key'))).toBe(secret);
    expect(statSync(folder.dir).mode & 0o777).toBe(0o700);
    expect(statSync(folder.at('api-key')).mode & 0o777).toBe(0o600);
  });

  it('is one process’s at a time, until that one closes it or dies', () => {
    const folder = opened();
    expect(() => openDataFolder(folder.dir)).toThrow(`in use by another start (process ${process.pid})`);
    folder.close();
    opened(folder.dir).close();

    writeFileSync(
      folder.at('lock'),
      JSON.stringify({ pid: process.pid, birth: 'of an earlier process of that number' }),
    );
    opened(folder.dir).close();
    writeFileSync(folder.at('lock'), 'half a lo');
    opened(folder.dir).close();
    expect(readdirSync(folder.dir).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it('of an older version is taken as it is; of a newer one it is refused', () => {
    const folder = opened();
    folder.close();
    rmSync(folder.at('version.json'));
    opened(folder.dir).close();
    expect(readFileSync(folder.at('version.json'), 'utf8')).toBe('{"format":1}\n');

    writeFileSync(folder.at('version.json'), '{"format":2}');
    expect(() => openDataFolder(folder.dir)).toThrow(/format 2, from a newer version .*update this clone/);
    writeFileSync(folder.at('version.json'), '{"for');
    expect(() => openDataFolder(folder.dir)).toThrow(/version\.json is damaged: restore/);
    expect(existsSync(folder.at('lock'))).toBe(false);
  });

  it('cannot be a file', () => {
    const file = path.join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => openDataFolder(file)).toThrow(/cannot be used \(it is not a folder\): set DATA_DIR/);
    expect(() => openDataFolder(path.join(file, 'below'))).toThrow(/it is not a folder/);
  });
});

describe('a data folder left half-made by a killed start', () => {
  it('is made anew', async () => {
    const folder = opened();
    mkdirSync(folder.at('postgres.newX1', 'base'), { recursive: true });
    writeFileSync(folder.at('postgres.newX1', 'PG_VERSION'), '18\n');
    writeFileSync(folder.at('temporal.db'), 'half a store');
    await Promise.all([postgres(folder), temporal(folder)]);
    expect(existsSync(folder.at('postgres.newX1'))).toBe(false);
  });

  it('with servers still running: they are ended, and only they', async () => {
    const folder = opened();
    const first = await postgres(folder);
    const [left = 0] = serversOf(folder.dir);
    writeFileSync(
      folder.at('run', 'temporal.json'),
      JSON.stringify({ pid: process.pid, birth: 'a stranger’s' }),
    );
    await Promise.all([postgres(folder), temporal(folder)]);
    expect(await first.exited).toBe('ended with code 0');
    expect(isAlive(left)).toBe(false);
  });
});

describe('PostgreSQL’s part of the data folder', () => {
  it('takes over from a server that was killed, also if another process has its pid now', async () => {
    const folder = opened();
    await postgres(folder);
    const [pid = 0] = serversOf(folder.dir);
    process.kill(pid, 'SIGKILL');
    expect(await started[0]!.stop()).toBeUndefined();
    const file = folder.at('postgres', 'postmaster.pid');
    const stale = readFileSync(file, 'utf8');
    writeFileSync(file, stale.replace(String(pid), String(process.pid)));
    await postgres(folder);
  });

  it.each([
    [
      'lacks a part',
      (dir: string) => rmSync(path.join(dir, 'PG_VERSION')),
      /not a complete PostgreSQL cluster: restore it/,
    ],
    [
      'is of another version',
      (dir: string) => writeFileSync(path.join(dir, 'PG_VERSION'), '17\n'),
      /data of PostgreSQL 17.*pg_dump/,
    ],
  ])('is refused where it %s', async (_, damage, line) => {
    const folder = opened();
    await (await postgres(folder)).stop();
    damage(folder.at('postgres'));
    await expect(postgres(folder)).rejects.toThrow(line);
  });
});
