import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../embedded/service';

const run = promisify(execFile);
const HELM = '3.17.3';
const VALIDATE = '1.37.0';

/** @throws Error that says why it cannot be had: it is not on PATH, and Go cannot build it */
export async function installedHelm(): Promise<string> {
  const known = await run('helm', ['version', '--short']).catch(() => null);
  if (known?.stdout.startsWith('v3.')) return 'helm';
  const bin = path.join(repository, '.cache', `helm-${HELM}`);
  const program = path.join(bin, 'helm');
  if (existsSync(program)) return program;
  mkdirSync(bin, { recursive: true });
  await run('go', ['install', `helm.sh/helm/v3/cmd/helm@v${HELM}`], {
    env: { ...process.env, GOBIN: bin },
    maxBuffer: 10_000_000,
  });
  return program;
}

/** The validator carries the schemas of every version of Kubernetes. @throws Error where it cannot be installed */
export async function installedValidator(): Promise<string> {
  const home = path.join(repository, '.cache', `kubernetes-validate-${VALIDATE}`);
  const program = path.join(home, 'bin', 'kubernetes-validate');
  if (existsSync(program)) return program;
  await run('python3', ['-m', 'venv', home]);
  const pip = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--quiet'];
  await run(path.join(home, 'bin', 'python'), [...pip, `kubernetes-validate==${VALIDATE}`]);
  return program;
}
