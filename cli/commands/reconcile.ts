import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Add } from '../command';
import { EXIT } from '../exit';

const ROOT = path.join(__dirname, '..', '..');

/**
 * It compares Temporal with PostgreSQL, which no API of the service shows. So it runs the tool that can, with the settings of a
 * worker; what it prints and how it ends is the tool's.
 */
export const addReconcile: Add = (program, _, ends) => {
  program
    .command('reconcile')
    .description(
      'compare every workflow with its row, and mend what differs; needs TEMPORAL_ADDRESS and DATABASE_URL',
    )
    .option('--dry-run', 'only say what differs')
    .option('--since <time>', 'also those that came to rest after then: the time of the backup')
    .action(async (options: { dryRun?: boolean; since?: string }) => {
      const args = [
        ...(options.dryRun ? ['--dry-run'] : []),
        ...(options.since === undefined ? [] : ['--since', options.since]),
      ];
      const tool = spawn(process.execPath, ['--import', 'tsx', path.join('src', 'reconcile.ts'), ...args], {
        cwd: ROOT,
        stdio: 'inherit',
      });
      const code = await new Promise<number | null>((resolve) => tool.once('exit', resolve));
      ends(code === 0 ? EXIT.ok : EXIT.failed);
    });
};
