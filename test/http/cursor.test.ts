import fc from 'fast-check';
import { z } from 'zod';
import { fromCursor as fromAny, toCursor } from '../../src/http/core/cursor';
import { InvalidRequestError, NotFoundError } from '../../src/http/core/problems';

const parts = z.array(z.union([z.string(), z.number()]));
const fromCursor = (listing: string, cursor: string) => fromAny(listing, cursor, parts);
const positions = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 });

it('gives back what it was made of', () => {
  fc.assert(
    fc.property(fc.string(), positions, (listing, position) => {
      expect(fromCursor(listing, toCursor(listing, position))).toEqual(position);
    }),
  );
});

it('is refused when a character was changed, or for another listing', () => {
  fc.assert(
    fc.property(positions, fc.nat(), (position, at) => {
      const cursor = toCursor('l', position);
      const i = at % cursor.length;
      const changed = cursor.slice(0, i) + (cursor[i] === 'A' ? 'B' : 'A') + cursor.slice(i + 1);
      expect(() => fromCursor('l', changed)).toThrow(/^cursor: /);
      expect(() => fromCursor('m', cursor)).toThrow(InvalidRequestError);
    }),
  );
});

it('names no page when it is something else', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => fromCursor('l', text)).toThrow(NotFoundError);
    }),
  );
});

it('is refused when its check is right and what it says is not', () => {
  const cursor = toCursor('l', ['a', 1]);
  expect(() => fromAny('l', cursor, z.tuple([z.int()]))).toThrow(InvalidRequestError);
});
