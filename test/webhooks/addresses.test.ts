/**
 * No caller can make the service send requests into its own network: by literal addresses or names, in any
 * spelling.
 */
import { AddressRefusedError, checkLiteral, guardedLookup, isAllowed } from '../../src/webhooks/addresses';
import { Poster } from '../../src/webhooks/post';

const PRIVATE = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0177.0.0.1', '0.0.0.0', '10.0.0.1', '172.16.0.1'],
  ...['192.168.1.1', '169.254.169.254', '100.64.0.1', '224.0.0.1', '255.255.255.255', '198.18.0.1'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[fc00::1]', '[fe80::1]', '[ff02::1]'],
  ...['[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[2001::1]'],
];

test.each(PRIVATE)('%s is refused', (host) => {
  expect(() => checkLiteral(new URL(`http://${host}/`), 'none')).toThrow(AddressRefusedError);
});

test.each(['8.8.8.8', '[2606:4700::1111]', 'example.com', 'localhost'])(
  '%s is not refused for how it is written',
  (host) => {
    expect(() => checkLiteral(new URL(`https://${host}/`), 'none')).not.toThrow();
  },
);

test('loopback addresses can be allowed alone, or all addresses', () => {
  expect(['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254'].map((a) => isAllowed(a, 'loopback'))).toEqual([
    ...[true, true, false, false],
  ]);
  expect(isAllowed('169.254.169.254', 'all')).toBe(true);
});

test('a name is refused by what it resolves to', async () => {
  const looked = await new Promise<Error | null>((resolve) =>
    guardedLookup('none')('localhost', { all: true }, (error) => resolve(error)),
  );
  expect(looked).toBeInstanceOf(AddressRefusedError);
  expect(looked?.message).toMatch(
    /^localhost resolves to (127\.0\.0\.1|::1), which is not a public address$/,
  );
});

test.each(['http://localhost:9/', 'http://127.0.0.1:9/', 'https://[::1]:9/'])(
  'nothing is posted to %s',
  async (url) => {
    const poster = new Poster('none', new AbortController().signal);
    const answered = await poster.post(url, '{}', {});
    expect(answered).toMatchObject({
      status: null,
      error: expect.stringContaining('not a public address') as string,
    });
    poster.close();
  },
);
