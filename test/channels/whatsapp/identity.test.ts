import { canonicalNumber, contactOf } from '../../../src/channels/whatsapp/identity';

test.each([
  ["Brazil's mobile numbers have a ninth digit", '551187654321', '5511987654321'],
  ['one that has it keeps it', '5511987654321', '5511987654321'],
  ["Brazil's landlines have none", '551133334444', '551133334444'],
  ["Mexico's 1 is left out", '5215512345678', '525512345678'],
  ['one without it keeps without', '525512345678', '525512345678'],
  ['others are as they are', '16505551234', '16505551234'],
])('%s', (_, written, canonical) => {
  expect(canonicalNumber(written)).toBe(canonical);
});

test('a contact is reached at the number as it was written, and known by the canonical one', () => {
  expect(contactOf(['551187654321'], ['BR.1'])).toEqual({
    identities: ['number:5511987654321', 'user:BR.1'],
    address: { number: '551187654321', user_id: 'BR.1' },
  });
});

test.each([[undefined], [null], [7], [''], ['abc'], ['12'], ['+'], [{}]])('%j is no number', (number) => {
  expect(contactOf([number], []).identities).toEqual([]);
});

test('plus, spaces and brackets are not part of a number', () => {
  expect(contactOf(['+1 (650) 555-1234'], []).identities).toEqual(['number:16505551234']);
});
