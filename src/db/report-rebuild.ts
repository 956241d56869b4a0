/** What reports count, made anew from the timeline. */
import type { Pool, PoolClient } from 'pg';
import type { ConversationKey } from '../domain/key';
import { limited, LONG_MS } from './pool';

const TABLES = ['report_episodes', 'report_waits', 'report_flows'];

/** Conversations with episodes of which nothing is counted: they were decided before reports were kept. */
export async function uncounted(
  pool: Pool,
  after: ConversationKey | null,
  limit: number,
): Promise<ConversationKey[]> {
  return page(
    pool,
    after,
    limit,
    `AND episode > 0 AND NOT EXISTS (SELECT FROM report_episodes r
    WHERE r.account = c.account AND r.inbox = c.inbox AND r.conversation = c.conversation)`,
  );
}

/** All conversations, in order of their names, after `after`; at most `limit`. */
export async function everyConversation(
  pool: Pool,
  after: ConversationKey | null,
  limit: number,
): Promise<ConversationKey[]> {
  return page(pool, after, limit, '');
}

async function page(pool: Pool, after: ConversationKey | null, limit: number, where: string) {
  const statement = {
    text: `SELECT account, inbox, conversation FROM conversations c
           WHERE (account, inbox, conversation) > ($1, $2, $3) ${where}
           ORDER BY account, inbox, conversation LIMIT $4`,
    values: [after?.account ?? '', after?.inbox ?? '', after?.conversation ?? '', limit],
  };
  return (await pool.query<ConversationKey>(limited(statement, LONG_MS))).rows;
}

const OF = (table: string) =>
  `
  SELECT $4 || '/' || to_jsonb(r)::text AS row FROM ${table} r JOIN asked USING (account, inbox, conversation)`.replace(
    '$4',
    `'${table}'`,
  );

/** All that is counted of some conversations; $1: their keys. */
const COUNTED = `
WITH asked AS (SELECT * FROM json_to_recordset($1::json) AS a(account text, inbox text, conversation text))
${TABLES.map(OF).join(' UNION ALL ')} ORDER BY 1`;

/** Of a conversation whose first entries are gone, what was counted stays as it is. */
const REBUILD = `
SELECT rebuild_reports(c.account, c.inbox, c.conversation)
FROM (SELECT * FROM json_to_recordset($1::json) AS a(account text, inbox text, conversation text)
  ORDER BY account, inbox, conversation) a,
  LATERAL (SELECT * FROM conversations c
    WHERE (c.account, c.inbox, c.conversation) = (a.account, a.inbox, a.conversation) LIMIT 1 FOR UPDATE) c
WHERE coalesce((SELECT t.seq FROM timeline t
  WHERE (t.account, t.inbox, t.conversation) = (c.account, c.inbox, c.conversation) ORDER BY t.seq LIMIT 1), 1) = 1`;

/**
 * Counts these conversations anew. Nothing is decided about them meanwhile.
 *
 * @param dryRun only looks: nothing is changed
 * @returns how many rows differ from those before
 */
export async function rebuildReports(pool: Pool, keys: ConversationKey[], dryRun: boolean): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const values = [JSON.stringify(keys)];
    const lock = `SELECT FROM conversations c, json_to_recordset($1::json) AS a(account text, inbox text, conversation text)
      WHERE (c.account, c.inbox, c.conversation) = (a.account, a.inbox, a.conversation)
      ORDER BY c.account, c.inbox, c.conversation FOR UPDATE OF c`;
    await client.query(limited({ text: lock, values }, LONG_MS));
    const before = await counted(client, values);
    await client.query(limited({ text: REBUILD, values }, LONG_MS));
    const after = await counted(client, values);
    await client.query(dryRun ? 'ROLLBACK' : 'COMMIT');
    client.release();
    return differences(before, after);
  } catch (error) {
    client.release(true); // and the transaction with it
    throw error;
  }
}

async function counted(client: PoolClient, values: string[]): Promise<string[]> {
  const { rows } = await client.query<{ row: string }>(limited({ text: COUNTED, values }, LONG_MS));
  return rows.map(({ row }) => row);
}

function differences(before: string[], after: string[]): number {
  const [was, is] = [new Set(before), new Set(after)];
  return before.filter((row) => !is.has(row)).length + after.filter((row) => !was.has(row)).length;
}
