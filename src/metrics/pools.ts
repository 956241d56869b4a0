import { Gauge } from 'prom-client';
import { onScrape, registry } from './registry';

interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly ended: boolean;
}

const connections = new Gauge({
  name: 'conversations_database_connections',
  help: 'Connections to PostgreSQL by role; waiting: statements that wait for one.',
  labelNames: ['role', 'state'] as const,
  registers: [registry],
});

const pools = new Map<Pool, string>();

export function watchPool(pool: Pool, role: string): void {
  pools.set(pool, role);
}

onScrape(() => {
  connections.reset();
  for (const [pool, role] of pools) {
    if (pool.ended) pools.delete(pool);
    else {
      connections.inc({ role, state: 'busy' }, pool.totalCount - pool.idleCount);
      connections.inc({ role, state: 'idle' }, pool.idleCount);
      connections.inc({ role, state: 'waiting' }, pool.waitingCount);
    }
  }
  return Promise.resolve();
});
