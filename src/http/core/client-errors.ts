import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemBody, problemOfUnread } from './problems';

/** So that the client reads the answer before it learns that nobody reads what it still sends. */
const LINGER_MS = 500;

/**
 * Answers with a problem what Node gives up before the app has all of it: a request that is too slow, whose headers are too large,
 * or that is not HTTP. The connection ends, because nobody knows where the next request would begin.
 */
export function answerClientErrors(server: Server): void {
  const responses = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  server.on('request', ({ socket }, response) => responses.set(socket, response));
  server.on('clientError', (error, socket) => {
    if (refused.has(socket)) return;
    refused.add(socket);
    const response = responses.get(socket);
    const isMidAnswer = response?.headersSent && !response.writableFinished;
    if (!socket.writable || isMidAnswer || isGone(error)) socket.destroy();
    else {
      socket.end(answerTo(error));
      setTimeout(() => socket.destroy(), LINGER_MS);
    }
  });
}

function isGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

function answerTo(error: Error): string {
  const id = randomUUID();
  const problem = problemOfUnread(error);
  const text = JSON.stringify(problemBody(problem, id));
  const headers = {
    'X-Request-Id': id,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${text}`;
}
