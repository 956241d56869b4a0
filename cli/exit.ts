/** How the program ends: scripts can tell by the code. docs/command-line.md lists them. */
import { ProblemError, UnreachableError } from '../clients/typescript/src/index';

export const EXIT = {
  ok: 0,
  /** refused by a rule, not found, or something is wrong */
  failed: 1,
  /** what was typed cannot be done, or what was sent is not valid */
  usage: 2,
  /** no answer, or not now */
  unreachable: 3,
  /** no key, an unknown one, or one that may not do this */
  denied: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Something that the person at the terminal can put right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function codeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  if (!(error instanceof ProblemError)) return EXIT.failed;
  switch (error.status) {
    case 400:
      return EXIT.usage;
    case 401:
    case 403:
      return EXIT.denied;
    case 429:
    case 502:
    case 503:
      return EXIT.unreachable;
    default:
      return EXIT.failed;
  }
}

/** What to do about it, where that is known. */
export function hintOf(error: unknown): string | undefined {
  if (error instanceof UnreachableError)
    return 'Start the service (npm start), or say where it is with --url or API_URL.';
  if (!(error instanceof ProblemError)) return undefined;
  if (error.status === 401) return 'Give a key with --key or API_KEY; `npm start` prints one.';
  if (error.status === 403) return 'Make a key with that scope: conversation-status keys add NAME --scopes …';
  return undefined;
}
