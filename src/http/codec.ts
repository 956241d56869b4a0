/** Decrypts and encrypts payloads for Temporal's UI and CLI, as Temporal's protocol for codec servers says. */
import type { PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { z } from 'zod';
import { answerErrors } from './core/answer-errors';
import { limitBodyTime } from './core/body-time';
import { isSame } from './core/constant-time';
import { parse, readJson } from './core/parsing';
import { NotFoundError, ProblemError } from './core/problems';
import { identifyRequests } from './core/request-id';

const { Payloads } = temporal.api.common.v1;

/** What Temporal takes in one call, 4 MB, in base64. */
const LIMIT = 6_000_000;

export interface CodecDeps {
  readonly codec: PayloadCodec;
  readonly token: string;
  /** of Temporal's UI, whose pages alone may ask from a browser; absent: none */
  readonly origin?: string;
  readonly logger: Logger;
}

/** Protobuf's JSON: bytes are base64. */
const payloadsSchema = z.object({
  payloads: z
    .array(
      z.looseObject({ metadata: z.record(z.string(), z.base64()).optional(), data: z.base64().optional() }),
    )
    .default([]),
});

export function createCodecApp({ codec, token, origin, logger }: CodecDeps): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(identifyRequests(logger), limitBodyTime, helmet(), readableBy(origin), withToken(token));
  app.get('/', (_request, response) => {
    response
      .type('text/plain')
      .send('From now on this browser sends the token, also for the pages of the UI.\n');
  });
  app.post(
    '{/*mounted}/decode',
    answering((payloads) => codec.decode(payloads)),
  );
  app.post(
    '{/*mounted}/encode',
    answering((payloads) => codec.encode(payloads)),
  );
  app.use(() => {
    throw new NotFoundError('There is nothing at this path');
  });
  app.use(answerErrors(logger));
  return app;
}

function answering(work: PayloadCodec['decode']): RequestHandler {
  return async (request, response) => {
    const { payloads } = parse(payloadsSchema, await readJson(request, LIMIT));
    const done = await work(Payloads.fromObject({ payloads }).payloads);
    response.set('Cache-Control', 'no-store').json(Payloads.fromObject({ payloads: done }).toJSON());
  };
}

/** Answers the question that a browser asks before it sends what a page of another origin asks for. It asks without the token. */
function readableBy(origin: string | undefined): RequestHandler {
  return (request, response, next) => {
    response.vary('Origin');
    if (origin !== undefined && request.get('Origin') === origin)
      response.set({
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Allow-Methods': 'POST',
        'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Namespace',
        'Access-Control-Max-Age': '600',
      });
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };
}

/** `Bearer` for programs; `Basic`, with the token as its password, because it is what a browser can be told to send. */
function withToken(token: string): RequestHandler {
  return (request, _response, next) => {
    const [, scheme = '', given = ''] =
      /^(Bearer|Basic) +(\S+) *$/i.exec(request.get('Authorization') ?? '') ?? [];
    const found = /^basic$/i.test(scheme)
      ? Buffer.from(given, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : given;
    if (!isSame(found, token)) throw new CodecTokenError();
    next();
  };
}

/** No token, or a wrong one. */
class CodecTokenError extends ProblemError {
  override readonly name = 'CodecTokenError';
  constructor() {
    const detail = 'Send CODEC_TOKEN: Authorization: Bearer <token>; in a browser, as the password';
    const headers = { 'WWW-Authenticate': 'Basic realm="codec", charset="UTF-8", Bearer realm="codec"' };
    super(401, 'unauthenticated', 'The token of the codec server is needed', { detail, headers });
  }
}
