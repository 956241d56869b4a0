import type { Pool } from 'pg';

/** The code that decides in this database. */
export interface RecordedCode {
  number: number;
  /** every run that began under older code has been reset */
  rolled_out: boolean;
}

/**
 * Records that the code of this number decides from now on, unless newer code does.
 * @returns the code that decides
 */
export async function recordCode(pool: Pool, number: number): Promise<RecordedCode> {
  await pool.query(
    `INSERT INTO code_numbers (number) SELECT $1::int
     WHERE NOT EXISTS (SELECT FROM code_numbers WHERE number > $1) ON CONFLICT DO NOTHING`,
    [number],
  );
  return recordedCode(pool);
}

export async function recordedCode(pool: Pool): Promise<RecordedCode> {
  const { rows } = await pool.query<RecordedCode>(
    `SELECT number, rolled_out_at IS NOT NULL AS rolled_out FROM code_numbers ORDER BY number DESC LIMIT 1`,
  );
  if (!rows[0]) throw new Error('the table code_numbers is empty');
  return rows[0];
}

export async function markCodeRolledOut(pool: Pool, number: number): Promise<void> {
  await pool.query(
    'UPDATE code_numbers SET rolled_out_at = now() WHERE number = $1 AND rolled_out_at IS NULL',
    [number],
  );
}
