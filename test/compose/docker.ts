import { execFileSync } from 'node:child_process';

/** Runs the engine's client. @returns what it prints @throws Error with what it says */
export type Docker = (args: string[]) => string;

export interface Engine {
  version: string;
  docker: Docker;
  /** the same for Compose, as the engine has it: a plugin, or a program of its own */
  compose: (args: string[], env?: NodeJS.ProcessEnv) => string;
}

/** @throws Error that says why there is none */
export function engine(): Engine {
  const docker: Docker = (args) => run('docker', args);
  const version = docker(['info', '--format', '{{.ServerVersion}}']).trim();
  if (!/^\d/.test(version)) throw new Error('no engine answers');
  const plugin = succeeds(() => docker(['compose', 'version']));
  if (!plugin) run('docker-compose', ['version']);
  const compose: Engine['compose'] = (args, env) =>
    plugin ? run('docker', ['compose', ...args], env) : run('docker-compose', args, env);
  return { version, docker, compose };
}

export function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): string {
  return execFileSync(program, args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 50_000_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
