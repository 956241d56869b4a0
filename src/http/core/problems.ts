/** The API's error answers (RFC 9457). They are made only here. */
import type { Response } from 'express';
import type { AliasRule } from '../../db/aliases';
import { PostgresUnavailableError } from '../../db/unavailable';
import type { ConversationRecord } from '../../domain/record';

import { requestId } from './request-id';
import { endUnread, isUnread } from './unread';
import { ConversationFullError, TemporalRefusedError, TemporalUnavailableError } from '../../temporal/errors';

/** A full conversation takes longer than seconds: its events must be decided first. */
const FULL_SECONDS = 30;
/** An erasure of one conversation takes some seconds. */
const ERASED_SECONDS = 5;

export interface FieldError {
  /** of the field, its parts joined by dots; or the name of a parameter or header */
  path: string;
  message: string;
}

export interface ProblemParts {
  detail?: string;
  /** the rule that refused */
  rule?: string;
  errors?: FieldError[];
  conversation?: ConversationRecord;
  headers?: Record<string, string>;
}

/** An error answer. The subclasses name the cases; their titles never change. */
export class ProblemError extends Error {
  override readonly name: string = 'ProblemError';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly parts: ProblemParts = {},
  ) {
    super(parts.detail ?? title);
  }
}

/** The request is not valid. */
export class InvalidRequestError extends ProblemError {
  override readonly name = 'InvalidRequestError';
  constructor(errors: FieldError[], rule?: string) {
    const [first] = errors;
    const detail = first && (first.path ? `${first.path}: ${first.message}` : first.message);
    super(400, 'invalid-request', 'The request is not valid', { detail, errors, rule });
  }
}

/** No key, or one that is unknown, revoked or has expired; the answer does not say which. */
export class UnauthenticatedError extends ProblemError {
  override readonly name = 'UnauthenticatedError';
  constructor() {
    const detail = 'Send a valid key: Authorization: Bearer <key>';
    const headers = { 'WWW-Authenticate': 'Bearer realm="conversations"' };
    super(401, 'unauthenticated', 'A valid key is needed', { detail, headers });
  }
}

export class ScopeMissingError extends ProblemError {
  override readonly name = 'ScopeMissingError';
  constructor(scope: string) {
    const headers = {
      'WWW-Authenticate': `Bearer realm="conversations", error="insufficient_scope", scope="${scope}"`,
    };
    super(403, 'scope-missing', 'The key may not do this', {
      detail: `It needs the scope ${scope}`,
      headers,
    });
  }
}

/** What came is not signed with the secret that we share with the sender. */
export class SignatureWrongError extends ProblemError {
  override readonly name = 'SignatureWrongError';
  constructor(header: string) {
    const detail = `${header} is missing, or is not the signature of this body under the secret of the channel`;
    const headers = { 'WWW-Authenticate': `Signature realm="conversations", headers="${header}"` };
    super(401, 'signature-wrong', 'The request is not signed as it must be', { detail, headers });
  }
}

/** Somebody wants to set up a channel's webhook and does not know its token. */
export class TokenWrongError extends ProblemError {
  override readonly name = 'TokenWrongError';
  constructor(field: string) {
    const errors = [{ path: field, message: 'is not the token of the channel' }];
    super(403, 'token-wrong', 'The token is not the one that was set', {
      detail: errors[0]?.message,
      errors,
    });
  }
}

/** It does not exist, or it belongs to another account; the answer is the same. */
export class NotFoundError extends ProblemError {
  override readonly name = 'NotFoundError';
  constructor(detail: string) {
    super(404, 'not-found', 'There is no such thing', { detail });
  }
}

export class MethodNotAllowedError extends ProblemError {
  override readonly name = 'MethodNotAllowedError';
  constructor(allowed: string) {
    const detail = `Allowed here: ${allowed}`;
    super(405, 'method-not-allowed', 'The path does not know this method', {
      detail,
      headers: { Allow: allowed },
    });
  }
}

export class TooLargeError extends ProblemError {
  override readonly name = 'TooLargeError';
  constructor(limit: number) {
    const headers = { Connection: 'close' };
    const detail = `At most ${limit / 1_000_000} MB`;
    super(413, 'too-large', 'The body is too large', { detail, headers });
  }
}

/** The body took too long. The connection ends with the answer. */
export class BodyTooSlowError extends ProblemError {
  override readonly name = 'BodyTooSlowError';
  constructor(seconds: number) {
    const detail = `The body must come to its end within ${seconds} s`;
    super(408, 'too-slow', 'The request took too long', { detail, headers: { Connection: 'close' } });
  }
}

/** A body that is read line by line stopped before its end. */
export class BodyStoppedError extends ProblemError {
  override readonly name = 'BodyStoppedError';
  constructor(seconds: number) {
    const detail = `Nothing came for ${seconds} s, and the body is not at its end`;
    super(408, 'too-slow', 'The request took too long', { detail, headers: { Connection: 'close' } });
  }
}

class HeadersTooSlowError extends ProblemError {
  override readonly name = 'HeadersTooSlowError';
  constructor() {
    super(408, 'too-slow', 'The request took too long', { detail: 'The headers must come within 10 s' });
  }
}

class HeadersTooLargeError extends ProblemError {
  override readonly name = 'HeadersTooLargeError';
  constructor() {
    const detail = 'The path and the headers may have 16 kB in all';
    super(431, 'headers-too-large', 'The headers are too large', { detail });
  }
}

export class NotJsonError extends ProblemError {
  override readonly name = 'NotJsonError';
  constructor(detail = 'Send Content-Type: application/json, in UTF-8') {
    super(415, 'not-json', 'The body is not JSON', { detail });
  }
}

/** A rule of the conversation forbids the event. Sent again, it gets the same answer. */
export class EventRefusedError extends ProblemError {
  override readonly name = 'EventRefusedError';
  constructor(rule: string, conversation: ConversationRecord) {
    super(409, 'event-refused', 'A rule forbids the event', {
      detail: `Refused: ${rule}`,
      rule,
      conversation,
    });
  }
}

/** Another event of the conversation has this id, and has been decided. */
export class EventIdReusedError extends ProblemError {
  override readonly name = 'EventIdReusedError';
  constructor() {
    const detail = 'An event with this id and another content was decided before; this one was not applied';
    super(422, 'event-id-reused', 'The id belongs to another event', { detail, rule: 'event_id_reused' });
  }
}

/** Another job was made with this key. */
export class KeyReusedError extends ProblemError {
  override readonly name = 'KeyReusedError';
  constructor() {
    const detail = 'A job was made with this Idempotency-Key for another event or other conversations';
    super(422, 'key-reused', 'The key belongs to another job', { detail });
  }
}

/** A name cannot lead to this conversation. */
export class AliasRefusedError extends ProblemError {
  override readonly name = 'AliasRefusedError';
  constructor(alias: string, rule: AliasRule) {
    const detail =
      rule === 'alias_of_itself'
        ? `${alias} would lead to itself`
        : `${alias} is a conversation with a life of its own`;
    super(409, 'alias-refused', 'The name cannot lead there', { detail, rule });
  }
}

/** The key has used up its rate. */
export class TooManyRequestsError extends ProblemError {
  override readonly name = 'TooManyRequestsError';
  constructor(rate: number, retryAfterSeconds: number, limits: Record<string, string>) {
    super(429, 'too-many-requests', 'Over the rate of the key', {
      detail: `The key may send ${rate} a second, each event of a batch counted; try again in ${retryAfterSeconds} s`,
      headers: { ...limits, 'Retry-After': String(retryAfterSeconds) },
    });
  }
}

/** A part that we need is away at the moment. */
class UnavailableError extends ProblemError {
  override readonly name = 'UnavailableError';
  constructor(detail: string, retryAfterSeconds = 1) {
    const headers = { 'Retry-After': String(retryAfterSeconds) };
    super(503, 'unavailable', 'Not available right now', { detail, headers });
  }
}

/** What the event is about is being erased: it can be sent again when that is done. */
export class BeingErasedError extends ProblemError {
  override readonly name = 'BeingErasedError';
  constructor() {
    const detail = 'The conversation is being erased; its next event is taken when that is done';
    const headers = { 'Retry-After': String(ERASED_SECONDS) };
    super(503, 'being-erased', 'Not available right now', { detail, headers });
  }
}

/**
 * A part that we need answers and refuses: the set-up is wrong, and a retry does not help until somebody
 * mends it.
 */
class RefusedBehindError extends ProblemError {
  override readonly name = 'RefusedBehindError';
  constructor() {
    const detail = 'Temporal refuses what the service asks of it; the log of the service says why';
    super(502, 'temporal-refused', 'The service is not set up right', { detail });
  }
}

/** The service was started without something that this needs. */
export class NotConfiguredError extends ProblemError {
  override readonly name = 'NotConfiguredError';
  constructor(detail: string) {
    super(503, 'not-configured', 'The service is not set up for this', { detail });
  }
}

/**
 * The only place where errors become answers. An error that is not known here is our fault: 500, without
 * details.
 */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof PostgresUnavailableError)
    return new UnavailableError('The database does not answer; try again soon');
  if (error instanceof TemporalUnavailableError)
    return new UnavailableError('Temporal does not answer; try again soon');
  if (error instanceof ConversationFullError)
    return new UnavailableError('The conversation holds as many undecided events as it can', FULL_SECONDS);
  if (error instanceof TemporalRefusedError) return new RefusedBehindError();
  if (error instanceof URIError)
    return new InvalidRequestError([{ path: '', message: 'the path is not well encoded' }]);
  return new ProblemError(500, 'internal', 'Something went wrong on our side');
}

/** Of a request that Node gave up before its end, by the documented `code` of its error. */
export function problemOfUnread(error: NodeJS.ErrnoException): ProblemError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HeadersTooSlowError();
  if (error.code === 'HPE_HEADER_OVERFLOW') return new HeadersTooLargeError();
  return new InvalidRequestError([{ path: '', message: 'the request is not valid HTTP' }]);
}

/** A problem in JSON. @param instance the id of the request that met it */
export function problemBody({ status, code, title, parts }: ProblemError, instance: string) {
  const { detail, rule, errors, conversation } = parts;
  const type = `urn:conversation-status:problem:${code}`;
  return { type, title, status, detail, instance, rule, errors, conversation };
}

export function sendProblem(response: Response, problem: ProblemError): void {
  const text = JSON.stringify(problemBody(problem, requestId(response)));
  const isPart = isUnread(response.req);
  response.writeHead(problem.status, {
    ...problem.parts.headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...(isPart && { Connection: 'close' }),
  });
  if (isPart) endUnread(response, text);
  else response.end(text);
}
