import { SecretsKeyMissingError } from '../../db/secret-box';
import { text } from '../../domain/text';
import { AddressRefusedError, checkLiteral } from '../../webhooks/addresses';
import { shown } from '../core/names';
import { InvalidRequestError, NotConfiguredError } from '../core/problems';
import type { Services } from './services';

const LABEL = '[A-Za-z0-9-]{1,63}';
const PORT = '[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]';
const NAMED = new RegExp(
  `^https?://(?:${LABEL}\\.)*[A-Za-z][A-Za-z0-9-]{0,62}(?::(?:${PORT}))?(?:[/?][!-"$-~]*)?$`,
);
/** Where the service posts to, as somebody of the account wants it. */
export const url = text(1, 2_000).refine(
  isHttp,
  'must be an http or https URL in ASCII, without user, password and fragment',
);
// An address in numbers is taken only where the set-up allows it: the description does not offer it.
shown(url, { pattern: NAMED.source, examples: ['https://hooks.example.com/in'] });

function isHttp(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password, hash } = new URL(value);
  const isLiteral = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*\])$/.test(hostname);
  if (!isLiteral && !NAMED.test(value)) return false;
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}

/** A host name is checked when it is resolved. @throws InvalidRequestError */
export function checkUrl(path: string, value: string, allowed: Services['webhooks']['allowed']): void {
  try {
    checkLiteral(new URL(value), allowed);
  } catch (error) {
    if (!(error instanceof AddressRefusedError)) throw error;
    throw new InvalidRequestError([{ path, message: `${error.message}; see WEBHOOK_ALLOW_PRIVATE` }]);
  }
}

/** @throws NotConfiguredError where there is no key for secrets */
export async function configured<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SecretsKeyMissingError ? new NotConfiguredError(error.message) : error;
  }
}
