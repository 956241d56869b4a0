import type { NextFunction, Request, Response } from 'express';
import { BodyTooSlowError, sendProblem } from './problems';

/** How long a client may take to send a body, in milliseconds. A body that is read line by line has no such limit. */
const LONGEST_MS = 20_000;
/** So that the client reads the answer before it learns that nobody reads what it still sends. */
const LINGER_MS = 500;

const limits = new WeakMap<Request, NodeJS.Timeout>();

/** Answers a request whose body does not come to its end in time, and ends the connection. */
export function limitBodyTime(request: Request, response: Response, next: NextFunction): void {
  const timer = setTimeout(() => {
    if (request.complete) return;
    if (response.headersSent) request.destroy();
    else {
      sendProblem(response, new BodyTooSlowError(LONGEST_MS / 1_000));
      setTimeout(() => response.end(), LINGER_MS);
    }
  }, LONGEST_MS).unref();
  limits.set(request, timer);
  response.once('close', () => {
    if (request.complete) clearTimeout(timer);
  });
  next();
}

/** For a body that is read as it comes: its reader limits how long nothing may come. */
export function allowTime(request: Request): void {
  clearTimeout(limits.get(request));
}
