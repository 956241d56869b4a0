import type { Pool } from 'pg';
import { limited, LONG_MS } from './pool';

export interface AgingInbox {
  account: string;
  inbox: string;
}

/** The inboxes that keep less than everything for as long as the service does, in order, after `after`. */
export async function agingInboxes(
  pool: Pool,
  after: AgingInbox | null,
  limit: number,
): Promise<AgingInbox[]> {
  const { rows } = await pool.query<AgingInbox>(
    `SELECT account, inbox FROM inboxes
     WHERE (account, inbox) > ($1, $2) AND (retention ->> 'timeline_days' IS NOT NULL
       OR retention ->> 'closed_days' IS NOT NULL OR (retention ->> 'deliveries_days')::integer < 30)
     ORDER BY account, inbox LIMIT $3`,
    [after?.account ?? '', after?.inbox ?? '', limit],
  );
  return rows;
}

/**
 * Deletes what is too old, of the conversations after `after`.
 * @returns the conversation from which the next call goes on (null: there are no more), and how many rows were deleted
 */
export async function ageOut(
  pool: Pool,
  { account, inbox }: AgingInbox,
  after: string,
  most: { conversations: number; rows: number },
): Promise<{ last: string | null; gone: number }> {
  const statement = {
    name: 'age_out',
    text: 'SELECT last, gone FROM age_out($1, $2, $3, $4, $5)',
    values: [account, inbox, after, most.conversations, most.rows],
  };
  const { rows } = await pool.query<{ last: string | null; gone: number }>(limited(statement, LONG_MS));
  return rows[0] ?? { last: null, gone: 0 };
}
