import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../child';
import type { Setup } from '../setup';

/** An endpoint for the inbox's webhooks, with the process that receives them. */
export class Endpoint {
  private constructor(
    private readonly setup: Setup,
    private readonly program: Child,
    readonly url: string,
    readonly webhook: string,
  ) {}

  static async start(setup: Setup): Promise<Endpoint> {
    const { child, url } = await setup.startReceiver();
    const { webhook } = await asked<{ webhook: string }>(setup, 'POST', '/v1/webhooks', {
      url: `${url}/hook`,
    });
    return new Endpoint(setup, child, url, webhook);
  }

  async is(state: 'active' | 'paused'): Promise<void> {
    await asked(this.setup, 'PATCH', `/v1/webhooks/${this.webhook}`, { state });
  }

  /** how many it has been told so far */
  async count(): Promise<number> {
    return Number(await (await fetch(this.url)).text());
  }

  /** Resolves when it has been told all that was decided. */
  async caughtUp(): Promise<void> {
    const { pool } = this.setup;
    for (;;) {
      const { rows } = await pool.query<{ behind: boolean }>(
        `SELECT EXISTS (SELECT FROM deliveries WHERE webhook = $1 AND state = 'pending')
           OR EXISTS (SELECT FROM outbox o JOIN webhooks w USING (account) WHERE w.webhook = $1
             AND (o.xid, o.id) > (w.heard_xid, w.heard_id)) AS behind`,
        [this.webhook],
      );
      if (!rows[0]?.behind) return;
      await sleep(100);
    }
  }

  /** Removes it with its deliveries and the outbox, so that later rows find none of them. */
  async stop(): Promise<void> {
    const { pool } = this.setup;
    await asked(this.setup, 'DELETE', `/v1/webhooks/${this.webhook}`);
    await pool.query('DELETE FROM deliveries WHERE webhook = $1', [this.webhook]);
    await pool.query('DELETE FROM outbox');
    await pool.query('VACUUM deliveries, outbox');
    await this.program.stop();
  }
}

async function asked<T>({ url, key }: Setup, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}
