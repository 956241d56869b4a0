/** A small WhatsApp for tests and for the demo: takes messages by its rules, and sends webhooks as Meta does. */
import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorAnswer, refusalOf, type Message, type Past } from './graph-rules';

export interface StandInOptions {
  phone_number_id: string;
  access_token: string;
  app_secret: string;
  templates?: Past['templates'];
  /** epoch milliseconds; the machine's clock by default */
  now?: () => number;
}

/** A message that was taken. */
export interface Taken {
  id: string;
  at: number;
  message: Message;
}

/** How a request is answered instead of by the rules. */
type Instead = (response: ServerResponse, taken: () => Taken) => void;

export class GraphStandIn {
  readonly taken: Taken[] = [];
  /** every request, also those refused */
  requests = 0;
  private readonly wrote = new Map<string, number>();
  private readonly instead: Instead[] = [];
  private webhook = '';

  private constructor(
    private readonly options: StandInOptions,
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(options: StandInOptions): Promise<GraphStandIn> {
    const server = createServer((request, response) => void standIn.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const stop = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    const { port } = server.address() as AddressInfo;
    const standIn = new GraphStandIn(options, `http://127.0.0.1:${port}`, stop);
    return standIn;
  }

  /** Webhooks go there from now on. */
  connect(url: string): void {
    this.webhook = url;
  }

  /** The next requests are refused with these codes, one each. */
  refuseNext(...codes: number[]): void {
    for (const code of codes) {
      const { status, body } = errorAnswer(code);
      this.instead.push((response) => send(response, status, body));
    }
  }

  /** The next request is handled so. */
  insteadNext(handle: Instead): void {
    this.instead.push(handle);
  }

  /** A customer writes a text. @returns the message's id */
  async writes(from: string, body: string): Promise<string> {
    return this.incoming(from, { type: 'text', text: { body } });
  }

  /** Somebody of the business writes to a customer in the phone's own app. */
  async writesOnPhone(to: string, body: string): Promise<void> {
    const echo = { to, id: `wamid.${randomUUID()}`, timestamp: this.seconds(), type: 'text', text: { body } };
    await this.sends('smb_message_echoes', { message_echoes: [echo] });
  }

  /** A customer taps a row of a list that was sent. */
  async taps({ id, message }: Taken, title: RegExp): Promise<string> {
    const rows = message.interactive?.action?.sections?.flatMap((section) => section.rows ?? []) ?? [];
    const row = rows.find((r) => title.test(r.title ?? ''));
    if (!row || message.to === undefined) throw new Error(`no row of the list is ${title.source}`);
    const interactive = { type: 'list_reply', list_reply: row };
    return this.incoming(message.to, { type: 'interactive', interactive, context: { id } });
  }

  /** WhatsApp says what became of a message. @param code of an error, for `failed` */
  async reports({ id, message }: Taken, status: string, code?: number): Promise<void> {
    const { to: recipient_id, biz_opaque_callback_data } = message;
    const errors = code === undefined ? undefined : [{ code, title: 'Message undeliverable' }];
    const about = { id, status, timestamp: this.seconds(), recipient_id, biz_opaque_callback_data };
    await this.sends('messages', { statuses: [{ ...about, errors }] });
  }

  private async incoming(from: string, fields: object): Promise<string> {
    const id = `wamid.${randomUUID()}`;
    this.wrote.set(from, this.now());
    const contacts = [{ profile: { name: 'A customer' }, wa_id: from }];
    await this.sends('messages', {
      contacts,
      messages: [{ from, id, timestamp: this.seconds(), ...fields }],
    });
    return id;
  }

  private async sends(field: string, value: object): Promise<void> {
    const { phone_number_id, app_secret } = this.options;
    const metadata = { display_phone_number: '15550783881', phone_number_id };
    const change = { field, value: { messaging_product: 'whatsapp', metadata, ...value } };
    const body = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: '1', changes: [change] }],
    });
    const signature = `sha256=${createHmac('sha256', app_secret).update(body).digest('hex')}`;
    const headers = { 'Content-Type': 'application/json', 'X-Hub-Signature-256': signature };
    const { status } = await fetch(this.webhook, { method: 'POST', headers, body });
    if (status !== 200) throw new Error(`the webhook answered ${status}`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const message = JSON.parse(Buffer.concat(chunks).toString()) as Message;
    this.requests += 1;
    const instead = this.instead.shift();
    if (instead) return instead(response, () => this.take(message));
    const code = this.refusal(request, message);
    if (code !== null) {
      const { status, body } = errorAnswer(code);
      return send(response, status, body);
    }
    const { id } = this.take(message);
    send(response, 200, { messaging_product: 'whatsapp', messages: [{ id }] });
  }

  private refusal({ method, url, headers }: IncomingMessage, message: Message): number | null {
    const { access_token, phone_number_id, templates = [] } = this.options;
    if (headers.authorization !== `Bearer ${access_token}`) return 190;
    if (method !== 'POST' || !new RegExp(`^/v\\d+\\.\\d+/${phone_number_id}/messages$`).test(url ?? ''))
      return 100;
    const customer = message.to ?? message.recipient ?? '';
    const toCustomer = this.taken.filter((t) => (t.message.to ?? t.message.recipient) === customer);
    const past = {
      wrote_at: this.wrote.get(customer),
      to_customer: toCustomer.map((t) => t.at),
      sent: this.taken.map((t) => t.at),
      templates,
    };
    return refusalOf(message, past, this.now());
  }

  private take(message: Message): Taken {
    const taken = { id: `wamid.${randomUUID()}`, at: this.now(), message };
    this.taken.push(taken);
    return taken;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private seconds(): string {
    return Math.floor(this.now() / 1_000).toString();
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
