import { spawn } from 'node:child_process';
import type { World } from './world';

export interface Reconciled {
  code: number | null;
  findings: { kind: string; conversation: string; outcome: string }[];
  said: string;
}

const LINE = /^(\w+) [^/ ]+\/[^/ ]+\/([^: ]+): .*: ([^:]+)$/;

/** Runs `npm run reconcile` as an operator does, and reads what it prints. */
export async function reconcile(world: World, args: string[] = []): Promise<Reconciled> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/reconcile.ts', ...args], {
    cwd: world.tree,
    env: { ...process.env, ...world.env() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complained = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code === 1) throw new Error(`reconcile failed: ${complained}${said}`);
  const findings = said.split('\n').flatMap((line) => {
    const [, kind = '', conversation = '', outcome = ''] = LINE.exec(line) ?? [];
    return kind === '' ? [] : [{ kind, conversation, outcome }];
  });
  return { code, findings, said };
}
