import { isUtf8 } from 'node:buffer';
import { parse as parseQuery } from 'node:querystring';
import type { Request } from 'express';
import type { z } from 'zod';
import { readBody } from './body';
import { InvalidRequestError, NotJsonError, type FieldError } from './problems';
import { hasBody } from './unread';

const MOST_ERRORS = 20;
const JSON_TYPE = /^application\/(?:json|[\w.+-]+\+json)[\t ]*(?:;|$)/i;
const CHARSET = /;[\t ]*charset[\t ]*=[\t ]*"?([^";\s]+)/i;

const USUAL_LIMIT = 1_000_000;

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
 * @throws NotJsonError, InvalidRequestError, TooLargeError
 */
export async function readJson(request: Request, limit = USUAL_LIMIT): Promise<unknown> {
  const type = request.headers['content-type'];
  const charset = type === undefined ? undefined : CHARSET.exec(type)?.[1];
  if (type === undefined ? hasBody(request) : !JSON_TYPE.test(type)) throw new NotJsonError();
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new NotJsonError();
  const body = await readBody(request, limit);
  if (body.length === 0) throw badBody('is missing');
  if (!isUtf8(body)) throw badBody('is not UTF-8');
  try {
    return JSON.parse(body.toString());
  } catch {
    throw badBody('is not valid JSON');
  }
}

function badBody(what: string): InvalidRequestError {
  return new InvalidRequestError([{ path: '', message: `the body ${what}` }]);
}
