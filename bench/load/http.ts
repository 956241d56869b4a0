import { connect, type Socket } from 'node:net';

interface Answer {
  status: number;
  body: Buffer;
}

/**
 * HTTP/1.1 with keep-alive and one request at a time for each connection. It has only what a load generator
 * needs: on a small machine the sender must not be what is measured.
 */
class HttpConnection {
  private readonly socket: Socket;
  private chunks: Buffer[] = [];
  private size = 0;
  private expected = Infinity;
  private headEnd = 0;
  private done: ((answer: Answer | Error) => void) | null = null;

  constructor(url: URL) {
    this.socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.socket.on('data', (chunk: Buffer) => this.read(chunk));
    this.socket.on('error', (error) => this.finish(error));
    this.socket.on('close', () => this.finish(new Error('the connection was closed')));
  }

  request(text: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.done = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
      this.socket.write(text);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.expected === Infinity) this.readHead();
    if (this.size >= this.expected) this.answer();
  }

  private readHead(): void {
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    const end = all.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(all.toString('latin1', 0, end))?.[1] ?? '0';
    this.headEnd = end + 4;
    this.expected = this.headEnd + Number(length);
  }

  private answer(): void {
    const all = Buffer.concat(this.chunks);
    this.chunks = [];
    this.size = 0;
    this.expected = Infinity;
    this.finish({ status: Number(all.toString('latin1', 9, 12)), body: all.subarray(this.headEnd) });
  }

  private finish(answer: Answer | Error): void {
    const { done } = this;
    this.done = null;
    done?.(answer);
  }
}

/** As many connections as there are requests at a time. */
export class HttpClient {
  private readonly idle: HttpConnection[] = [];
  private readonly all: HttpConnection[] = [];
  private readonly url: URL;

  constructor(
    url: string,
    private readonly headers: Record<string, string>,
  ) {
    this.url = new URL(url);
  }

  post(path: string, body: string): Promise<Answer> {
    return this.request('POST', path, body);
  }

  get(path: string): Promise<Answer> {
    return this.request('GET', path, '');
  }

  close(): void {
    for (const connection of this.all) connection.close();
  }

  private async request(method: string, path: string, body: string): Promise<Answer> {
    const connection = this.idle.pop() ?? this.open();
    const answer = await connection.request(this.head(method, path, Buffer.byteLength(body)) + body);
    this.idle.push(connection);
    return answer;
  }

  private open(): HttpConnection {
    const connection = new HttpConnection(this.url);
    this.all.push(connection);
    return connection;
  }

  private head(method: string, path: string, length: number): string {
    const headers = { Host: this.url.host, 'Content-Type': 'application/json', ...this.headers };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${path} HTTP/1.1\r\n${lines.join('')}Content-Length: ${length}\r\n\r\n`;
  }
}
