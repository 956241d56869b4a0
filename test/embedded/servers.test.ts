import { Connection } from '@temporalio/client';
import { createDatabase, temporalAddress, timeSkipping } from '../support/servers';

describe('the servers of a test run', () => {
  it('give each test a migrated database of its own', async () => {
    const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
    await one.pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('a', 'b', '{}')`);
    const { rows } = await two.pool.query('SELECT count(*)::int AS n FROM inboxes');
    expect(rows).toEqual([{ n: 0 }]);
    await Promise.all([one.drop(), two.drop()]);
  });

  it('have one real Temporal server with our search attributes, which keeps a run for a day', async () => {
    const connection = await Connection.connect({ address: temporalAddress() });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(['ConversationStatus', 'InboxId', 'AccountId']),
    );
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(86_400);
  });

  it('can skip time', async () => {
    const env = await timeSkipping();
    const before = await env.currentTimeMs();
    await env.sleep('90 days');
    expect((await env.currentTimeMs()) - before).toBeGreaterThanOrEqual(90 * 86_400_000);
    await env.teardown();
  });
});
