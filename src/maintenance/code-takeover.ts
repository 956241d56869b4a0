import type { Pool } from 'pg';
import { recordCode, recordedCode } from '../db/code-numbers';
import { CODE_NUMBER } from '../temporal/code-number';

/**
 * Thrown if newer code decides in this database: two versions that decide differently must not take turns.
 */
export class NewerCodeError extends Error {
  override readonly name = 'NewerCodeError';

  constructor(number: number) {
    super(
      `The database is decided in by code number ${number}, and this program has number ${CODE_NUMBER}: update this program`,
    );
  }
}

/**
 * From now on this code decides in the database. The sweep starts a rollout that resets the runs of older
 * code.
 * @throws NewerCodeError
 */
export async function takeUp(pool: Pool): Promise<void> {
  const { number } = await recordCode(pool, CODE_NUMBER);
  if (number > CODE_NUMBER) throw new NewerCodeError(number);
}

/**
 * Whether there may be runs of older code that this code has to reset.
 * @throws NewerCodeError
 */
export async function hasOlderRuns(pool: Pool): Promise<boolean> {
  const { number, rolled_out } = await recordedCode(pool);
  if (number > CODE_NUMBER) throw new NewerCodeError(number);
  return number === CODE_NUMBER && !rolled_out;
}
