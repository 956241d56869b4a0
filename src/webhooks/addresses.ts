import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Which addresses besides public ones may be told things: none, this machine's own, or all. */
export type PrivateAddresses = 'none' | 'loopback' | 'all';

/** The address is not one that may be told things: it could be a machine behind our own doors. */
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
 * Of a URL's host, where it is a literal address: those are never resolved, so nothing else would check them. `URL` has brought
 * `0x7f.1` and `2130706433` into their usual form by then.
 * @throws AddressRefusedError
 */
export function checkLiteral({ hostname }: URL, allowed: PrivateAddresses): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(address) && !isAllowed(address, allowed))
    throw new AddressRefusedError(hostname, hostname);
}

/** Resolves a name for a connection, and refuses it where any of its addresses may not be told things. */
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
