import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerClientErrors } from '../http/core/client-errors';
import { errorCode, OperatorError } from './operator-error';

export interface HttpServer {
  /** The base URL for a browser on this machine, without a slash at its end. */
  readonly url: string;
  /** Takes no more connections and ends each when its request is answered; resolves when none is left. */
  readonly drain: (withinMs: number) => Promise<void>;
}

export interface Listen {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** The variables that say so, for a message that names them; HOST and PORT where absent. */
  readonly variables?: { readonly host: string; readonly port: string };
}

/**
 * How long a client may take to send its headers; after that it gets 408. The time for bodies is limited by the app, because
 * some are read for as long as they come. Answers have no limit, because streams last.
 */
const limits = {
  /** The path and all headers, in bytes; more gets 431. */
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 0,
  connectionsCheckingInterval: 2_000,
  /**
   * Longer than the 60 s of usual proxies, so that they close first and never send into a closing connection.
   */
  keepAliveTimeout: 65_000,
};

/** @throws OperatorError when the address cannot be used */
export async function listen(handler: RequestListener, at: Listen): Promise<HttpServer> {
  const server = createServer(limits, handler);
  answerClientErrors(server);
  await bind(server, at);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${shown(at.host)}:${port}`, drain: (withinMs) => drain(server, withinMs) };
}

/**
 * Checks the port before anything is started.
 * @throws OperatorError
 */
export async function checkPort(at: Listen): Promise<void> {
  const probe = createServer();
  await bind(probe, at);
  await new Promise((resolve) => probe.close(resolve));
}

function bind(server: Server, at: Listen): Promise<void> {
  const { host, port } = at;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explained(error, at)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function explained(error: Error, { host, port, variables }: Listen): Error {
  const code = errorCode(error);
  const name = variables ?? { host: 'HOST', port: 'PORT' };
  const another = `set ${name.port} to another (0: any free one)`;
  if (code === 'EADDRINUSE')
    return new OperatorError(`Port ${port} is in use: stop what uses it, or ${another}`);
  if (code === 'EACCES') return new OperatorError(`Only root may use port ${port}: ${another} above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new OperatorError(`${name.host} ${host} is not an address of this machine: correct ${name.host}`);
  }
  return error;
}

function shown(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

async function drain(server: Server, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that becomes idle while we close would stay open for the client's next request.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await Promise.race([closed, sleep(withinMs, undefined, { ref: false })]);
  clearInterval(sweep);
  server.closeAllConnections();
  await closed;
}
