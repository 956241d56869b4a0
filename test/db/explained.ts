import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { escapeLiteral } from 'pg';

interface Node {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Node[];
}

/** Rows and index entries looked at, pairs thrown away; blocks of 8 kB visited. */
export interface Cost {
  rows: number;
  buffers: number;
}

/** A pool that explains every statement while it runs, and rolls back its changes. */
export class Explained {
  private roots: Node[] = [];
  private readonly prepared = new Map<string, string>();
  private keepsPlans = false;

  constructor(private readonly pool: Pool) {}

  /** From here on a statement with a name is planned once, at its first time, as a connection that lives for long has it. */
  keepPlans(): void {
    this.keepsPlans = true;
  }

  async query(asked: string | QueryConfig, values?: unknown[]): Promise<QueryResult> {
    const config = typeof asked === 'string' ? { text: asked, values } : asked;
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const explained = await this.explain(client, config);
      await client.query('ROLLBACK; BEGIN');
      const result = await client.query({ ...config, name: undefined });
      this.roots.push(explained);
      return result;
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  forget(): void {
    this.roots = [];
  }

  /** Of all statements since {@link forget}. */
  cost(): Cost {
    return {
      rows: this.nodes().reduce((sum, node) => sum + looked(node), 0),
      buffers: this.roots.reduce((sum, n) => sum + n['Shared Hit Blocks'] + n['Shared Read Blocks'], 0),
    };
  }

  plans(): unknown {
    return this.roots.map(brief);
  }

  /** The indexes that were read without their table. */
  indexesAlone(): string[] {
    const found = this.nodes().filter((node) => node['Node Type'] === 'Index Only Scan');
    return found.flatMap((node) => node['Index Name'] ?? []);
  }

  private nodes(): Node[] {
    const below = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(below)];
    return this.roots.flatMap(below);
  }

  private async explain(client: PoolClient, { name, text, values = [] }: QueryConfig): Promise<Node> {
    const options = '(ANALYZE, BUFFERS, FORMAT JSON)';
    const asked =
      name === undefined || !this.keepsPlans
        ? { text: `EXPLAIN ${options} ${text}`, values }
        : `EXPLAIN ${options} EXECUTE ${await this.prepare(client, name, text)}(${values.map(literal).join(', ')})`;
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Node }[] }>(asked as QueryConfig);
    return (rows[0]?.['QUERY PLAN'][0] as { Plan: Node }).Plan;
  }

  private async prepare(client: PoolClient, name: string, text: string): Promise<string> {
    if (!this.prepared.has(name)) {
      await client.query(`SET LOCAL plan_cache_mode = force_generic_plan; PREPARE ${name} AS ${text}`);
      this.prepared.set(name, text);
    }
    await client.query('SET LOCAL plan_cache_mode = force_generic_plan');
    return name;
  }
}

/** Of the values that our named statements take. */
function literal(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return literal(`{${value.map((one) => JSON.stringify(one)).join(',')}}`);
  return escapeLiteral(`${value as string | number}`);
}

/** What a node looked at: in a table or an index, or among pairs. */
function looked(node: Node): number {
  const scanned =
    node['Relation Name'] === undefined || /Insert|Update|Delete|Modify/.test(node['Node Type'])
      ? 0
      : node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
  return (scanned + (node['Rows Removed by Join Filter'] ?? 0)) * node['Actual Loops'];
}

function brief(node: Node): unknown {
  const { 'Node Type': type, 'Index Name': index, 'Relation Name': table, Plans } = node;
  return { type, index, table, looked: looked(node), below: Plans?.map(brief) };
}

/** The plans where they cost more than they may; null where not. */
export function tooMuch(explained: Explained[], most: Cost): string | null {
  const sum = (of: keyof Cost) => explained.reduce((total, one) => total + one.cost()[of], 0);
  const cost = { rows: sum('rows'), buffers: sum('buffers') };
  if (cost.rows <= most.rows && cost.buffers <= most.buffers) return null;
  return JSON.stringify({ cost, most, plans: explained.map((one) => one.plans()) }, null, 1);
}
