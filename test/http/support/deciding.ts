/** The API with a worker behind it. */
import { workflowId } from '../../../src/temporal/contract';
import { eventually } from '../../workflows/support/eventually';
import { Service } from '../../workflows/support/service';
import { createLogger } from '../../../src/runtime/log';
import { TestApi, type Answered } from './api';

export class Deciding {
  private made = 0;

  private constructor(
    readonly service: Service,
    readonly api: TestApi,
  ) {}

  /** It has the inboxes `support`, and `csat` with surveys. */
  static async start(): Promise<Deciding> {
    const service = await Service.start();
    const api = await TestApi.start({
      client: service.client,
      database: service.database,
      logger: createLogger('warn', false),
      taskQueue: service.taskQueue,
    });
    await api.inbox({}, 'support');
    await api.inbox({ csat: { enabled: true } }, 'csat');
    return new Deciding(service, api);
  }

  async stop(): Promise<void> {
    await this.api.stop();
    await this.service.stop();
  }

  /** Sends a batch until all of it is taken, as a client may on a busy machine: what was not is sent again. */
  async take(inbox: string, entries: object[]): Promise<void> {
    for (let rest = entries; rest.length > 0;) {
      const path = `/v1/inboxes/${inbox}/events`;
      const answer = await this.api.post(path, rest, { headers: { Prefer: 'respond-async' } });
      const results = answer.body as unknown as { status: number }[];
      rest = rest.filter((_, i) => results[i]?.status !== 202);
    }
  }

  /** A new conversation. */
  conversation(inbox = 'support'): Conversation {
    return new Conversation(this, inbox, `c_${++this.made}`);
  }
}

export class Conversation {
  readonly path: string;

  constructor(
    private readonly deciding: Deciding,
    readonly inbox: string,
    readonly id: string,
  ) {
    this.path = `/v1/inboxes/${inbox}/conversations/${id}`;
  }

  send(event: object, headers?: Record<string, string>): Promise<Answered> {
    return this.deciding.api.post(`${this.path}/events`, event, { headers });
  }

  /**
   * Sends it until the answer has its decision, as a client may on a machine that is too busy to decide in
   * time.
   */
  async decide(event: object): Promise<Answered> {
    for (;;) {
      const answer = await this.send(event, { Prefer: 'wait=10' });
      if (answer.status !== 202 && answer.status !== 503) return answer;
    }
  }

  /** Newest first. */
  async timeline(): Promise<Record<string, unknown>[]> {
    return (await this.deciding.api.get(`${this.path}/timeline`)).body.items ?? [];
  }

  async rested(): Promise<void> {
    const { api, service } = this.deciding;
    const key = { account: api.account, inbox: this.inbox, conversation: this.id };
    const handle = service.client.workflow.getHandle(workflowId(key));
    await eventually('it rests', async () => (await handle.describe()).status.name !== 'RUNNING');
  }
}

export const assign = (id: string, agent = 'ana') => ({ id, type: 'assign', agent });
