import type { IncomingHttpHeaders } from 'node:http';
import type { IRouter, Request, Response } from 'express';
import type { z } from 'zod';
import type { AccountDatabase, Database } from '../../db/database';
import type { KeyHolder, Scope } from '../../db/keys';
import type { Authentication } from './authentication';
import { parse, queryOf, readJson } from './parsing';
import { MethodNotAllowedError } from './problems';
import type { RateLimits } from './rate-limits';

/** A request that is allowed and whose parts fit their schemas. */
export interface Call<P, Q, B> {
  db: AccountDatabase;
  /** who asks */
  holder: KeyHolder;
  params: P;
  query: Q;
  body: B;
  headers: IncomingHttpHeaders;
  method: string;
  /** for operations that answer with a stream, or read the body as it comes (`response.req`) */
  response: Response;
  /** for those who go on for long: throws once the key may not do this any more */
  stillAllowed: () => Promise<unknown>;
}

export interface Reply {
  status: number;
  /** absent: there is none */
  body?: unknown;
  headers?: Record<string, string>;
}

/** One operation of the API. Its schemas check requests, give types, and describe the API in its document. */
export interface Operation<P = unknown, Q = unknown, B = unknown> {
  /** unique, in snake case: what it does to what */
  name: string;
  method: 'get' | 'put' | 'patch' | 'post' | 'delete';
  /** as Express writes it: `/v1/inboxes/:inbox` */
  path: string;
  /** the resource, under which the description shows it */
  tag: string;
  summary: string;
  description?: string;
  scope: Scope;
  params: z.ZodType<P>;
  query: z.ZodType<Q>;
  /** absent: the request has none */
  body?: z.ZodType<B>;
  /** the body as the document describes it, if the handler checks `body` itself */
  shownBody?: z.ZodType;
  /** the type of the body, where it is not JSON: it is of lines, each of which `shownBody` describes */
  takes?: 'application/x-ndjson';
  /** bodies as somebody would send them, by name */
  examples?: Record<string, unknown>;
  /** the most bytes of a body; 1 MB where absent */
  limit?: number;
  /** as how many requests it counts against the key's rate; one where absent */
  units?(body: B): number;
  /** headers of its own, as they are described; they are checked further on */
  headers?: z.ZodType;
  answers: Record<number, z.ZodType>;
  /** by name, the operations that may follow, and where their parameters come from */
  links?: Record<string, Link>;
  /** the answer is a stream of this type, of what its schema says */
  streams?: 'application/x-ndjson' | 'text/event-stream';
  /** it also answers with a table, to those who accept `text/csv` only or rather */
  csv?: true;
  /** @returns the answer, or null if it was sent as a stream */
  handle(call: Call<P, Q, B>): Promise<Reply | null>;
}

/** Of each parameter of the next operation, an OpenAPI runtime expression: `$response.body#/inbox`. */
export type Link = Record<string, string>;

/** Gives the handler the types of the schemas; all operations then have one type. */
export function operation<P, Q, B = undefined>(o: Operation<P, Q, B>): Operation {
  return o;
}

export interface Gate {
  authentication: Authentication;
  rates: RateLimits;
  database: Database;
}

/** Serves the operations. Other methods on their paths get 405 with the methods that are allowed. */
export function serve(router: IRouter, operations: readonly Operation[], gate: Gate): void {
  for (const o of operations)
    router[o.method](o.path, (request, response) => run(o, gate, request, response));
  for (const path of new Set(operations.map((o) => o.path))) {
    const methods = operations.filter((o) => o.path === path).map((o) => o.method.toUpperCase());
    refuseOthers(router, path, methods);
  }
}

export function refuseOthers(router: IRouter, path: string, methods: string[]): void {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  router.all(path, () => {
    throw new MethodNotAllowedError(allowed);
  });
}

async function run(o: Operation, gate: Gate, request: Request, response: Response): Promise<void> {
  const stillAllowed = () => gate.authentication.holderOf(request.headers.authorization, o.scope);
  const holder = await stillAllowed();
  const count = (units: number) => {
    const limits = gate.rates.count(holder, units);
    if (limits) for (const name in limits) response.setHeader(name, limits[name] ?? '');
  };
  count(0); // before the body is read: how much it counts shows only then
  const asked = await partsOf(o, request).catch((error: unknown) => {
    count(1);
    throw error;
  });
  count(o.units ? o.units(asked.body) : 1);
  const { headers, method } = request;
  const db = gate.database.of(holder.account, holder.id);
  const reply = await o.handle({ ...asked, db, holder, headers, method, response, stillAllowed });
  if (reply) send(response, reply);
}

/** @throws InvalidRequestError, NotJsonError, TooLargeError */
async function partsOf(o: Operation, request: Request) {
  const params = parse(o.params, request.params);
  const query = parse(o.query, queryOf(request));
  const body = o.body && parse(o.body, await readJson(request, o.limit));
  return { params, query, body };
}

function send(response: Response, { status, body, headers }: Reply): void {
  if (body === undefined) {
    response.writeHead(status, { ...headers, 'Cache-Control': 'no-store' }).end();
    return;
  }
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      ...headers,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
      'Cache-Control': 'no-store',
    })
    .end(text);
}
