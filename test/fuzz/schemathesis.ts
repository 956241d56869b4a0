import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../embedded/service';

const run = promisify(execFile);
const REQUIREMENTS = path.join(__dirname, 'requirements.txt');
const HOME = path.join(repository, '.cache', `schemathesis-${process.platform}-${process.arch}`);

/**
 * The path of the fuzzer's program, installed at the first call.
 * @throws Error that says why it cannot be installed: no Python, no pip, no network
 */
export async function installedSchemathesis(): Promise<string> {
  const program = path.join(HOME, 'bin', 'schemathesis');
  const pinned = path.join(HOME, 'requirements.txt');
  if (existsSync(pinned) && (await isCurrent(pinned))) return program;
  rmSync(HOME, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', HOME]);
  const pip = ['-m', 'pip', 'install', '--no-deps', '--no-input', '--disable-pip-version-check', '--quiet'];
  await run(path.join(HOME, 'bin', 'python'), [...pip, '--retries', '2', '-r', REQUIREMENTS]);
  await run('cp', [REQUIREMENTS, `${pinned}.new`]);
  renameSync(`${pinned}.new`, pinned); // last: an installation that was cut off is begun again
  return program;
}

async function isCurrent(pinned: string): Promise<boolean> {
  return run('cmp', [REQUIREMENTS, pinned]).then(
    () => true,
    () => false,
  );
}
