import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Telling } from '../../../src/domain/effect-json';

export interface Received {
  at: number;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  told: Telling;
}

type Answer = (received: Received, response: ServerResponse) => void;

/** Somebody's server, which keeps what it is told and answers as the test says; 204 else. */
export class Receiver {
  readonly received: Received[] = [];
  answer: Answer = (_, response) => response.writeHead(204).end();

  private constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const { url: path = '', headers } = request;
        const received = { at: Date.now(), path, headers, body, told: JSON.parse(body) as Telling };
        receiver.received.push(received);
        receiver.answer(received, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const stop = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    const { port } = server.address() as AddressInfo;
    const receiver = new Receiver(`http://127.0.0.1:${port}/hook`, stop);
    return receiver;
  }

  answers(status: number, headers: Record<string, string> = {}, body = ''): void {
    this.answer = (_, response) => response.writeHead(status, headers).end(body);
  }

  /** What it was told about a conversation, in the order it came. */
  of(conversation: string): Telling[] {
    return this.received.map((r) => r.told).filter((t) => t.data.conversation?.conversation === conversation);
  }

  /** Each id once, as a receiver that minds repetitions would have it. */
  get ids(): string[] {
    return [...new Set(this.received.map((r) => String(r.headers['webhook-id'])))];
  }
}

/** @throws where it is not signed with that secret, or is too old */
export function verify(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}
