import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { openDataFolder } from '../../src/embedded/data-folder';
import { startTemporal } from '../../src/embedded/temporal-server';
import { createLogger } from '../../src/runtime/log';
import { cleanUp, repository, serversOf, temporaryFolder } from './service';

const MIB = 1024 ** 2;

afterEach(cleanUp);

/** The environment of the server's process while it runs. */
async function environmentOfServer(): Promise<Record<string, string>> {
  const folder = openDataFolder(temporaryFolder());
  const server = await startTemporal({
    ...{ folder, logger: createLogger('silent'), cacheDir: path.join(repository, '.cache') },
    ...{ namespace: 'default', keywords: ['InboxId'] },
  });
  try {
    const [pid = 0] = serversOf(folder.dir);
    const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  } finally {
    await server.stop();
    folder.close();
  }
}

describe('the embedded Temporal server', () => {
  it('collects seldom, within an eighth of the memory and 512 MiB', async () => {
    const { GOGC, GOMEMLIMIT = '' } = await environmentOfServer();
    expect(GOGC).toBe('2000');
    const limit = Number(/^(\d+)MiB$/.exec(GOMEMLIMIT)?.[1]);
    expect(limit).toBe(Math.min(512, Math.floor(totalmem() / 8 / MIB)));
  });

  it('leaves that to the environment where it says something else', async () => {
    process.env.GOMEMLIMIT = '300MiB';
    try {
      expect(await environmentOfServer()).toMatchObject({ GOGC: '2000', GOMEMLIMIT: '300MiB' });
    } finally {
      delete process.env.GOMEMLIMIT;
    }
  });
});
