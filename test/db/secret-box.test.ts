import { SecretBox, SecretsKeyMissingError, SecretUnreadableError } from '../../src/db/secret-box';

const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

test('a secret comes back, and is not seen in what is kept; twice the same looks different', () => {
  const box = new SecretBox([key]);
  const sealed = box.seal('whsec_open sesame', 'wh_1');
  expect(box.open(sealed, 'wh_1')).toBe('whsec_open sesame');
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('sesame');
  expect(box.seal('whsec_open sesame', 'wh_1')).not.toBe(sealed);
});

test('it can be read only for its owner, with its key, and if it was not changed', () => {
  const sealed = new SecretBox([key]).seal('secret', 'wh_1');
  const touched = Buffer.from(sealed, 'base64');
  touched[14]! ^= 1;
  for (const open of [
    () => new SecretBox([key]).open(sealed, 'wh_2'),
    () => new SecretBox([other]).open(sealed, 'wh_1'),
    () => new SecretBox([key]).open(touched.toString('base64'), 'wh_1'),
    () => new SecretBox([key]).open('', 'wh_1'),
  ])
    expect(open).toThrow(SecretUnreadableError);
});

test('after a change of keys the older one still opens, and the newer one closes', () => {
  const sealed = new SecretBox([key]).seal('secret', 'wh_1');
  const both = new SecretBox([other, key]);
  expect(both.open(sealed, 'wh_1')).toBe('secret');
  expect(new SecretBox([other]).open(both.seal('secret', 'wh_1'), 'wh_1')).toBe('secret');
});

test('without a key it says which variable is missing', () => {
  const box = new SecretBox([]);
  expect(() => box.seal('secret', 'wh_1')).toThrow(SecretsKeyMissingError);
  expect(() => box.open('x', 'wh_1')).toThrow(/SECRETS_KEY is missing/);
});
