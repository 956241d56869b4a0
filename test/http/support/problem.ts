import { problem } from '../../../src/http/core/shapes';
import type { Answered } from './api';

/** Checks that it is a problem of RFC 9457, without internal details. */
export function isProblem({ headers, body }: Answered, status: number): void {
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(problem.safeParse(body).error).toBeUndefined();
  expect(body).toMatchObject({ status, instance: headers.get('x-request-id') });
  expect(JSON.stringify(body)).not.toMatch(/ at .*\.ts|node_modules/);
}
