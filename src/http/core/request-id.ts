import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { countRequest } from '../../metrics/requests';
import { requestSpan } from '../../metrics/tracing';

const HEADER = 'X-Request-Id';
/** As proxies write it down: the caller went away before the answer was whole. */
const CALLER_LEFT = 499;
const SANE = /^[\w.:~+/=@-]{1,128}$/;

/** The id of the request that this answers: the caller's own if it is harmless, else a new one. */
export function requestId(response: Response): string {
  return String(response.getHeader(HEADER));
}

/**
 * Gives every request an id, and writes one log line when it is over, without its body, key and query. Of its
 * path the line has only the route, without ids.
 */
export function identifyRequests(logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get(HEADER);
    const id = given !== undefined && SANE.test(given) ? given : randomUUID();
    response.setHeader(HEADER, id);
    const started = performance.now();
    const span = requestSpan(request.headers);
    response.once('close', () => {
      const { method } = request;
      const path = (request.route as { path: string } | undefined)?.path ?? 'no route';
      const ms = Math.round((performance.now() - started) * 10) / 10;
      const { decision } = response.locals as { decision?: string };
      const line = { request: id, method, path, status: response.statusCode, ms, decision };
      const status = response.writableFinished ? response.statusCode : CALLER_LEFT;
      countRequest({ method, route: path, status, ms });
      span?.end({ method, path, status });
      if (!response.writableFinished) logger.info({ ...line, aborted: true }, 'request');
      else if (path === '/livez' || path === '/readyz') logger.debug(line, 'request');
      else logger.info(line, 'request');
    });
    if (span) span.within(next);
    else next();
  };
}
