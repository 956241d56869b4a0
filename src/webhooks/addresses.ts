import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Which addresses may get deliveries besides public addresses: none, this machine's own, or all. */
export type PrivateAddresses = 'none' | 'loopback' | 'all';

/** The address must not get deliveries: it could be a machine inside our own network. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';

  constructor(host: string, address: string) {
    const is = host === address ? `${host} is` : `${host} resolves to ${address}, which is`;
    super(`${is} not a public address`);
  }
}

export function isAllowed(address: string, allowed: PrivateAddresses): boolean {
  if (allowed === 'all') return true;
  const range = ipaddr.process(address).range(); // IPv4 written as IPv6 is IPv4
  return range === 'unicast' || (allowed === 'loopback' && range === 'loopback');
}

/**
 * Checks a URL's host if it is a literal address. Literal addresses are never resolved, so nothing else would
 * check them. `URL` has already brought `0x7f.1` and `2130706433` into the usual form.
 * @throws AddressRefusedError
 */
export function checkLiteral({ hostname }: URL, allowed: PrivateAddresses): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(address) && !isAllowed(address, allowed))
    throw new AddressRefusedError(hostname, hostname);
}

/** Resolves a name for a connection, and refuses it if any of its addresses must not get deliveries. */
export function guardedLookup(allowed: PrivateAddresses): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    lookup(hostname, options, (error, found: string | LookupAddress[], family) => {
      const addresses = Array.isArray(found) ? found.map((a) => a.address) : [found];
      const refused = error ? undefined : addresses.find((address) => !isAllowed(address, allowed));
      if (refused !== undefined) callback(new AddressRefusedError(hostname, refused), '', 0);
      else callback(error, found, family);
    });
  };
}
