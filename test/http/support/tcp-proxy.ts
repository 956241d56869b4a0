import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * The proxy to a server, which can be closed (connections break and are refused, as when it was killed), go silent (nothing comes
 * through and nobody is told, as when a network is cut), or freeze the connections there are (as when a firewall forgets them).
 */
export class TcpProxy {
  private readonly pairs = new Set<[Socket, Socket]>();
  private silent = false;
  private readonly frozen = new Set<Socket>();
  private port = 0;

  private constructor(
    private readonly to: { host: string; port: number },
    private server: Server,
  ) {}

  static async to(host: string, port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy({ host, port }, createServer());
    await proxy.open();
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    this.silent = false;
    for (const [a, b] of this.pairs) {
      a.resume();
      b.resume();
    }
    if (this.server.listening) return;
    this.server = createServer((socket) => this.join(socket));
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
    this.pairs.clear();
  }

  silence(): void {
    this.silent = true;
    for (const [a, b] of this.pairs) {
      a.pause();
      b.pause();
    }
  }

  /** What there is now never comes through again, and neither side is told; new connections work. */
  freeze(): void {
    for (const [near, far] of this.pairs) {
      near.unpipe(far).resume();
      far.unpipe(near).resume();
      this.frozen.add(near).add(far);
    }
  }

  private join(near: Socket): void {
    const far = connect(this.to);
    const pair: [Socket, Socket] = [near, far];
    this.pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        if (this.frozen.has(socket)) return;
        this.pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    if (this.silent) this.silence();
  }
}
