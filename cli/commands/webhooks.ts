import type { Delivery, NewWebhook, Webhook } from '../../clients/typescript/src/index';
import type { Add, Context } from '../command';
import { UsageError } from '../exit';
import { when } from '../output';

const ONE = '/v1/webhooks/{webhook}';
const of = (webhook: string) => ({ params: { path: { webhook } } });

export const addWebhooks: Add = (program, does) => {
  const webhooks = program.command('webhooks').description('the endpoints that are told what is decided');

  webhooks
    .command('list', { isDefault: true })
    .description('the endpoints, and how many deliveries are parked')
    .action(does(list));
  webhooks
    .command('add <url>')
    .description('tell this endpoint from now on; its secret is shown this once')
    .option('--types <types>', 'only of these, with commas between')
    .option('--inboxes <inboxes>', 'only of these inboxes, with commas between')
    .action(
      does(async ({ client, output }, url: string, o: { types?: string; inboxes?: string }) => {
        const body = {
          url,
          types: o.types?.split(',') as NewWebhook['types'],
          inboxes: o.inboxes?.split(','),
        };
        const made = await client.POST('/v1/webhooks', { body });
        output.result(made, () => [`Added ${made.webhook}. Its secret, shown this once:`, made.secret]);
      }),
    );
  for (const [name, state, what] of [
    ['pause', 'paused', 'tell it later what is decided meanwhile'],
    ['resume', 'active', 'tell it again, first what it missed'],
  ] as const)
    webhooks
      .command(`${name} <webhook>`)
      .description(what)
      .action(
        does(async ({ client, output }, webhook: string) => {
          const changed = await client.PATCH(ONE, { ...of(webhook), body: { state } });
          output.result(changed, () => `${webhook} is ${changed.state}.`);
        }),
      );
  webhooks
    .command('remove <webhook>')
    .description('tell it nothing more')
    .action(
      does(async ({ client, output }, webhook: string) => {
        await client.DELETE(ONE, of(webhook));
        output.result({ removed: webhook }, () => `Removed ${webhook}.`);
      }),
    );
  webhooks
    .command('test <webhook>')
    .description('send it an event of type webhook.test')
    .action(
      does(async ({ client, output }, webhook: string) => {
        const { delivery } = await client.POST(`${ONE}/test`, of(webhook));
        output.result({ delivery }, () => `Sent as ${delivery}; see: webhooks deliveries ${webhook}`);
      }),
    );
  webhooks
    .command('rotate <webhook>')
    .description('a new secret, shown this once; the one before is valid for 24 hours more')
    .action(
      does(async ({ client, output }, webhook: string) => {
        const rotated = await client.POST(`${ONE}/rotate_secret`, of(webhook));
        output.result(rotated, () => rotated.secret);
      }),
    );
  webhooks
    .command('deliveries <webhook>')
    .description('what it was told, newest first')
    .option('--state <state>', 'pending, delivered or parked')
    .option('--limit <n>', 'as many lines', '20')
    .action(does(deliveries));
  webhooks
    .command('redeliver <webhook> [delivery...]')
    .description('tell it again: these, or all that were decided in a time')
    .option('--from <time>', 'from then on')
    .option('--to <time>', 'until then (default: now)')
    .option('--state <state>', 'of these only those: delivered or parked')
    .action(does(redeliver));
};

/** Each with how many of its deliveries are parked, 200 at most. */
export async function parkedOf({
  client,
}: Pick<Context, 'client'>): Promise<(Webhook & { parked: number })[]> {
  const found = [];
  for await (const webhook of client.items('/v1/webhooks', { params: {} })) {
    const path = { webhook: webhook.webhook };
    const query = { state: 'parked' as const, limit: 200 };
    const { items } = await client.GET(`${ONE}/deliveries`, { params: { path, query } });
    found.push({ ...webhook, parked: items.length });
  }
  return found;
}

async function list(context: Context): Promise<void> {
  const { output } = context;
  const items = await parkedOf(context);
  output.result({ items }, () =>
    output.table(
      ['webhook', 'url', 'state', 'parked', 'types', 'inboxes', 'made'],
      items.map((w) => [w.webhook, w.url, w.state, w.parked, w.types?.join(' ') ?? 'all', w.inboxes?.join(' ') ?? 'all', when(w.created_at)]), // prettier-ignore
      'There is none.',
    ),
  );
}

async function deliveries(
  { client, output }: Context,
  webhook: string,
  { state, limit }: { state?: string; limit: string },
): Promise<void> {
  const query = { limit: Number(limit), ...(state !== undefined && { state: state as Delivery['state'] }) };
  const page = await client.GET(`${ONE}/deliveries`, { params: { path: { webhook }, query } });
  output.result(page, () =>
    output.table(
      ['delivery', 'type', 'conversation', 'state', 'attempts', 'last answer', 'next attempt'],
      page.items.map((d) => {
        const last = d.attempts.at(-1);
        return [d.delivery, d.type, d.conversation, d.state, d.attempts.length, last ? (last.status ?? last.error) : null, when(d.next_attempt_at)]; // prettier-ignore
      }),
      'There is none.',
    ),
  );
}

interface Again {
  from?: string;
  to?: string;
  state?: string;
}

async function redeliver(
  { client, output }: Context,
  webhook: string,
  deliveries: string[],
  { from, to, state }: Again,
): Promise<void> {
  if (deliveries.length > 0 === (from !== undefined)) throw new UsageError('Name deliveries, or give --from');
  const body =
    from === undefined
      ? { deliveries }
      : {
          from,
          to: to ?? new Date().toISOString(),
          ...(state !== undefined && { state: state as Delivery['state'] }),
        };
  const { redelivered } = await client.POST(`${ONE}/redeliver`, { ...of(webhook), body });
  output.result({ redelivered }, () => `${redelivered} will be delivered again.`);
}
