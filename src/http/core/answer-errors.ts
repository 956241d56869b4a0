import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { problemOf, sendProblem } from './problems';
import { requestId } from './request-id';

/** The last handler of an app: answers every error as a problem, and logs those that are not the caller's. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters
  return (error: unknown, _request, response, _next) => {
    const problem = problemOf(error);
    const request = requestId(response);
    if (problem.status === 500 || problem.status === 502)
      logger.error({ err: error, request }, 'request failed');
    else if (problem.status === 503) logger.warn({ err: error, request }, 'request not served');
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
  };
}
