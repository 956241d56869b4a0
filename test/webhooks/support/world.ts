import { createLogger } from '../../../src/runtime/log';
import { TemporalClient } from '../../../src/temporal/client';
import { distributeOnce, startDistributor, type DistributorDeps } from '../../../src/webhooks/distributor';
import { Deciding, type Conversation } from '../../http/support/deciding';
import { eventually } from '../../workflows/support/eventually';
import { Receiver } from './receiver';

export interface Hook {
  webhook: string;
  secret: string;
  path: string;
}

export interface ShownDelivery {
  delivery: string;
  type: string;
  conversation: string | null;
  state: string;
  attempts: {
    at: string;
    status: number | null;
    milliseconds: number;
    answer: string;
    error: string | null;
  }[];
  next_attempt_at: string | null;
}

/** The service with all that tells, and receivers that listen. */
export class World {
  private readonly receivers: Receiver[] = [];
  private stopDistributor: () => Promise<void> = () => Promise.resolve();

  private constructor(readonly deciding: Deciding) {}

  static async start(): Promise<World> {
    const world = new World(await Deciding.start());
    world.distribute();
    return world;
  }

  /** Once a second, as every worker does. */
  distribute(): void {
    this.stopDistributor = startDistributor(this.deps());
  }

  async distributeNot(): Promise<void> {
    await this.stopDistributor();
  }

  /** @param wake in place of the real one */
  distributeOnce(wake?: DistributorDeps['wake']): Promise<void> {
    return distributeOnce({ ...this.deps(), ...(wake && { wake }) });
  }

  async stop(): Promise<void> {
    await this.stopDistributor();
    await this.deciding.stop();
    await Promise.all(this.receivers.map((receiver) => receiver.stop()));
  }

  async receiver(): Promise<Receiver> {
    const receiver = await Receiver.start();
    this.receivers.push(receiver);
    return receiver;
  }

  /** Hears of changes of status, unless others are wanted. */
  async hook(receiver: { url: string }, wanted: object = {}): Promise<Hook> {
    const types = ['conversation.status_changed'];
    const { status, body, text } = await this.api.post('/v1/webhooks', {
      url: receiver.url,
      types,
      ...wanted,
    });
    if (status !== 201) throw new Error(text);
    const { webhook, secret } = body as unknown as Hook;
    return { webhook, secret, path: `/v1/webhooks/${webhook}` };
  }

  get api() {
    return this.deciding.api;
  }

  get service() {
    return this.deciding.service;
  }

  conversation(inbox?: string): Conversation {
    return this.deciding.conversation(inbox);
  }

  /** Newest first. */
  async deliveries({ path }: Hook, state?: string): Promise<ShownDelivery[]> {
    const query = state === undefined ? '' : `&state=${state}`;
    const { body } = await this.api.get(`${path}/deliveries?limit=200${query}`);
    return body.items as unknown as ShownDelivery[];
  }

  /** Once none is left to be delivered. */
  delivered(hook: Hook, count: number): Promise<ShownDelivery[]> {
    const ask = async () => {
      const delivered = await this.deliveries(hook, 'delivered');
      return delivered.length === count && (await this.deliveries(hook, 'pending')).length === 0 && delivered;
    };
    return eventually(`${count} are delivered`, ask, 50_000);
  }

  private deps(): DistributorDeps {
    const { service } = this;
    const temporal = new TemporalClient(service.client);
    return {
      pool: service.database.pool,
      wake: (endpoint) => temporal.wakeDelivery(endpoint),
      logger: createLogger('silent'),
      now: service.deliveryTime,
    };
  }
}
