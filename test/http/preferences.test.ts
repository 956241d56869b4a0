import { preferenceOf } from '../../src/http/core/preferences';

it.each([
  [undefined, null],
  ['', null],
  ['respond-async', { waitMs: 0, applied: 'respond-async' }],
  ['Respond-Async', { waitMs: 0, applied: 'respond-async' }],
  ['wait=3', { waitMs: 3_000, applied: 'wait=3' }],
  ['wait = "3"', { waitMs: 3_000, applied: 'wait=3' }],
  ['wait=0', { waitMs: 0, applied: 'wait=0' }],
  ['wait=10', { waitMs: 10_000, applied: 'wait=10' }],
  ['wait=999999999', { waitMs: 10_000, applied: 'wait=10' }],
  ['respond-async, wait=2', { waitMs: 2_000, applied: 'wait=2' }],
  ['return=minimal, respond-async', { waitMs: 0, applied: 'respond-async' }],
  ['wait=-1', null],
  ['wait=1.5', null],
  ['wait=soon', null],
  ['wait', null],
  ['handling=lenient', null],
])('of “%s” is understood %j', (header, expected) => {
  expect(preferenceOf(header)).toEqual(expected);
});
