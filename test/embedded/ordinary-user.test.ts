import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { cleanUp, repository, start, temporaryFolder } from './service';

/** A user without rights, on every system. */
const uid = 65_534;

/**
 * Runs a command as another user, with the clone mounted where all may enter. It needs root, and a container
 * may forbid it all the same.
 */
function asOrdinaryUser(place: string, command: string): string[] {
  const view = `mount --bind '${repository}' '${place}' && cd '${place}'`;
  const drop = `exec setpriv --reuid=${uid} --regid=${uid} --clear-groups env HOME=/nonexistent ${command}`;
  return ['unshare', '--mount', 'sh', '-c', `${view} && ${drop}`];
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'the other tests run as an ordinary user already';
  const place = temporaryFolder();
  const [command = '', ...args] = asOrdinaryUser(place, 'true');
  const { status } = spawnSync(command, args);
  rmdirSync(place);
  return status === 0 ? undefined : 'no right to change user and mount here';
}

const reason = whyNot();

describe('npm start as an ordinary user', () => {
  afterAll(cleanUp);

  (reason === undefined ? it : it.skip)(
    `serves${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    async () => {
      const folder = temporaryFolder();
      const place = path.join(folder, 'clone');
      mkdirSync(place);
      const dataFolder = path.join(folder, 'data');
      mkdirSync(dataFolder);
      chownSync(dataFolder, uid, uid);
      spawnSync('chmod', ['755', folder]);

      const service = await start(asOrdinaryUser(place, 'npm start'), { DATA_DIR: dataFolder });
      expect((await fetch(`${service.row('API')}/livez`)).status).toBe(200);
      expect(await service.stop()).toBeLessThan(10_000);
    },
    120_000,
  );
});
