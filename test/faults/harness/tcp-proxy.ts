import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * - `pass`: passes everything on
 * - `slow`: everything comes `delayMs` later
 * - `hold`: keeps what clients send until it passes again, even if the client is gone by then
 * - `refuse`: cuts every connection and takes no new one
 */
export type Mode = 'pass' | 'slow' | 'hold' | 'refuse';

interface Link {
  client: Socket;
  upstream: Socket;
  held: Buffer[];
  clientGone: boolean;
  /** nothing comes through any more, in either direction, and neither side is told, not even of a close */
  frozen: boolean;
}

/** A proxy between two parts that can be slow, cut connections, or hold what it carries. */
export class Proxy {
  mode: Mode = 'pass';
  delayMs = 0;
  /** bytes that upstream sent to clients that were gone */
  answeredToNobody = 0;
  private readonly links = new Set<Link>();

  private constructor(
    private readonly server: Server,
    private readonly upstreamPort: number,
  ) {}

  static async to(upstreamPort: number): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new Proxy(server, upstreamPort);
    server.on('connection', (client) => proxy.link(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The number of bytes that it holds. */
  get held(): number {
    return [...this.links].flatMap((link) => link.held).reduce((sum, piece) => sum + piece.length, 0);
  }

  set(mode: Mode, delayMs = 0): void {
    this.mode = mode;
    this.delayMs = delayMs;
    if (mode === 'refuse') for (const link of this.links) this.cut(link);
    if (mode === 'pass') for (const link of this.links) this.release(link);
  }

  /** Every connection there is dies without a word; new ones work. */
  freeze(): void {
    for (const link of this.links) link.frozen = true;
  }

  close(): void {
    for (const link of this.links) this.cut(link);
    this.server.close();
  }

  private link(client: Socket): void {
    if (this.mode === 'refuse') return void client.destroy();
    const upstream = connect({ host: '127.0.0.1', port: this.upstreamPort });
    const link: Link = { client, upstream, held: [], clientGone: false, frozen: false };
    this.links.add(link);
    client.on('data', (piece: Buffer) => this.up(link, piece));
    upstream.on('data', (piece: Buffer) => this.down(link, piece));
    client.on('error', () => {}).on('close', () => this.lost(link));
    client.on('end', () => this.lost(link));
    upstream.on('error', () => {}).on('close', () => this.cut(link));
  }

  private up(link: Link, piece: Buffer): void {
    if (link.frozen) return;
    if (this.mode === 'hold') link.held.push(piece);
    else if (this.mode === 'slow') setTimeout(() => link.upstream.write(piece), this.delayMs);
    else link.upstream.write(piece);
  }

  private down(link: Link, piece: Buffer): void {
    if (link.frozen) return;
    if (link.clientGone) this.answeredToNobody += piece.length;
    else if (this.mode === 'slow') setTimeout(() => link.client.write(piece), this.delayMs);
    else link.client.write(piece);
  }

  /** The client is gone. What it sent before is delivered all the same, as in a network. */
  private lost(link: Link): void {
    link.clientGone = true;
    if (link.frozen) return;
    if (link.held.length === 0) this.cut(link);
  }

  private release(link: Link): void {
    for (const piece of link.held.splice(0)) link.upstream.write(piece);
    if (link.clientGone) setTimeout(() => this.cut(link), 2_000);
  }

  private cut(link: Link): void {
    this.links.delete(link);
    link.client.destroy();
    link.upstream.destroy();
  }
}
