import { isUtf8 } from 'node:buffer';
import { parse as parseQuery } from 'node:querystring';
import { raw, type Request, type Response } from 'express';
import type { z } from 'zod';
import { InvalidRequestError, NotJsonError, type FieldError } from './problems';

const MOST_ERRORS = 20;
const JSON_TYPE = /^application\/(?:json|[\w.+-]+\+json)[\t ]*(?:;|$)/i;
const CHARSET = /;[\t ]*charset[\t ]*=[\t ]*"?([^";\s]+)/i;

const USUAL_LIMIT = 1_000_000;
const readers = new Map<number, ReturnType<typeof raw>>();

/**
 * The value, parsed by the schema.
 * @throws InvalidRequestError that names every wrong field, up to a limit
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(parsed.error.issues.flatMap(fieldErrors).slice(0, MOST_ERRORS));
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'is not known here' }));
  }
  if (issue.code === 'invalid_union' && 'discriminator' in issue) {
    return [{ path: path.join('.'), message: `is not a known ${String(issue.discriminator)}` }];
  }
  return [{ path: path.join('.'), message: issue.message }];
}

/** The query's parameters. One that comes twice becomes an array, which no schema of ours accepts. */
export function queryOf({ url }: Request): Record<string, unknown> {
  const start = url.indexOf('?');
  return start < 0 ? {} : { ...parseQuery(url.slice(start + 1)) };
}

/**
 * The body of a request.
 * @throws NotJsonError, InvalidRequestError, and what the body parser throws
 */
export async function readJson(request: Request, response: Response, limit = USUAL_LIMIT): Promise<unknown> {
  const type = request.headers['content-type'];
  const charset = type === undefined ? undefined : CHARSET.exec(type)?.[1];
  if (type === undefined ? hasBody(request) : !JSON_TYPE.test(type)) throw new NotJsonError();
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new NotJsonError();
  await new Promise<void>((resolve, reject) => {
    readerOf(limit)(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error('the body cannot be read', { cause: error }));
    });
  });
  const body: unknown = request.body;
  if (!Buffer.isBuffer(body) || body.length === 0) throw badBody('is missing');
  if (!isUtf8(body)) throw badBody('is not UTF-8');
  try {
    return JSON.parse(body.toString());
  } catch {
    throw badBody('is not valid JSON');
  }
}

function readerOf(limit: number): ReturnType<typeof raw> {
  const reader = readers.get(limit) ?? raw({ type: () => true, limit });
  readers.set(limit, reader);
  return reader;
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function badBody(what: string): InvalidRequestError {
  return new InvalidRequestError([{ path: '', message: `the body ${what}` }]);
}
