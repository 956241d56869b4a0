import type { Problem } from './schema.ts';

/** The service answered and refused: RFC 9457, with what it told. 429 and 503 only after the client's patience. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  /** the code of the rule that refused */
  readonly rule: string | undefined;
  /** the fields that are wrong, and why */
  readonly errors: readonly { path: string; message: string }[];
  /** the request's id, as the service logs it */
  readonly request: string | undefined;

  constructor(
    what: string,
    /** as it was told; other programs on the way (a proxy) tell less */
    readonly problem: Partial<Problem> & { status: number },
  ) {
    super(`${what}: ${inWords(problem)}`);
    this.status = problem.status;
    this.title = problem.title ?? '';
    this.detail = problem.detail;
    this.rule = problem.rule;
    this.errors = problem.errors ?? [];
    this.request = problem.instance;
  }
}

function inWords({ status, title, detail, rule, errors = [] }: Partial<Problem>): string {
  const head = `${status} ${title ?? ''}`.trim() + (rule ? ` (${rule})` : '');
  const fields = errors.map(({ path, message }) => (path ? `${path} ${message}` : message));
  // the service's own words name the fields too
  return [head, detail ?? fields.join(', ')].filter(Boolean).join(': ');
}

/** There was no answer, for longer than the client waits; or it broke off. `cause` says what happened last. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** A webhook that is not to be trusted: forged, too old, not for this secret, or no message. Answer it with 401. */
export class InvalidWebhookError extends Error {
  override readonly name = 'InvalidWebhookError';
}

/** Not by `instanceof`: an error may come from another realm. */
export function reasonOf(error: unknown): string {
  const { name, message, cause } = Object(error) as { name?: string; message?: string; cause?: unknown };
  // fetch says only "fetch failed"; why is in its cause
  return cause ? reasonOf(cause) : message || name || String(error);
}
