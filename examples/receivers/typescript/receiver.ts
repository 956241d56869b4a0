/**
 * Listens for webhooks, and prints what it is told: `WEBHOOK_SECRET=whsec_… PORT=4000 npx tsx examples/receivers/typescript/receiver.ts`.
 * A message may come more than once, always with the same `webhook-id`: here the ids of the last ones are kept in memory;
 * a real receiver keeps them where it keeps what it does.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

interface Told {
  type: string;
  timestamp: string;
  data: { inbox?: string; conversation?: { conversation: string; status: string } };
}

const MOST_IDS = 10_000;

const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? '');
const known = new Set<string>();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    try {
      // over the body as it came: parsed and written again it could look different
      const body = Buffer.concat(chunks).toString();
      take(
        String(request.headers['webhook-id']),
        webhook.verify(body, request.headers as Record<string, string>) as Told,
      );
      response.writeHead(204).end();
    } catch (error) {
      // the library answers a body that is no JSON with a SyntaxError
      const forged = error instanceof WebhookVerificationError || error instanceof SyntaxError;
      response.writeHead(forged ? 401 : 500).end();
    }
  });
});

function take(id: string, { type, data }: Told): void {
  if (known.has(id)) return;
  known.add(id);
  const [oldest] = known;
  if (known.size > MOST_IDS && oldest !== undefined) known.delete(oldest);
  console.log(type, data.inbox ?? '', data.conversation?.conversation ?? '', data.conversation?.status ?? '');
}

server.listen(Number(process.env.PORT ?? 4000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
