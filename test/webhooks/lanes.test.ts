import type { Due } from '../../src/db/delivering';
import { Lanes } from '../../src/webhooks/lanes';

/** `a1` is the delivery 1 of the conversation a; `-3` is a test, which is in none. */
function due(name: string): Due {
  const nth = Number(name.slice(1));
  const conversation = name.startsWith('-') ? null : name.slice(0, 1);
  return { nth, inbox: conversation && 'i', conversation, body: '{}', tries: 0, first_try_at: null };
}

function given(...names: string[]): Lanes {
  const lanes = new Lanes();
  lanes.add(names.map(due), 0);
  return lanes;
}

/** What may be tried at once. */
function begun(lanes: Lanes, now = 0): number[] {
  const all: number[] = [];
  for (let next = lanes.next(now); next; next = lanes.next(now)) all.push(next.nth);
  return all;
}

test('of each conversation the first may be tried, and a test at any time', () => {
  expect(begun(given('a1', 'a2', 'b3', '-4', '-5', 'b6'))).toEqual([1, 3, 4, 5]);
});

test('when one is delivered, then the next of its conversation may be tried', () => {
  const lanes = given('a1', 'a2', 'b3');
  begun(lanes);
  lanes.ended(due('a1'), true);
  expect(begun(lanes)).toEqual([2]);
});

test('when one fails, then those behind it are left to a later reading', () => {
  const lanes = given('a1', 'a2', 'a3', 'b4');
  begun(lanes);
  lanes.ended(due('a1'), false);
  expect(begun(lanes)).toEqual([]);
  expect(lanes.nths).toEqual([4]);
  lanes.add([due('a1'), due('a2')], 0);
  expect(begun(lanes)).toEqual([1]);
});

test('what is read again while it is in hand is not tried twice', () => {
  const lanes = given('a1', 'a2');
  begun(lanes);
  lanes.add([due('a1'), due('a2')], 0);
  lanes.ended(due('a1'), true);
  expect(begun(lanes)).toEqual([2]);
  lanes.ended(due('a2'), true);
  expect(lanes.nths).toEqual([]);
});

test('an older one that is sent again comes before those that wait, and after the one that is tried', () => {
  const lanes = given('a5', 'a6');
  begun(lanes);
  lanes.add([due('a2')], 0);
  expect(begun(lanes)).toEqual([]);
  lanes.ended(due('a5'), true);
  expect(begun(lanes)).toEqual([2]);
});

test('what was read more than five seconds ago is not tried: it may have been erased since', () => {
  const lanes = given('a1', 'b2');
  lanes.add([due('c3')], 4_000);
  expect(begun(lanes, 5_001)).toEqual([3]);
  expect(lanes.nths).toEqual([3]);
  expect(lanes.waiting).toBe(0);
});

test('when what waits is forgotten, then what is tried stays in hand', () => {
  const lanes = given('a1', 'a2', 'b3');
  expect(lanes.next(0)?.nth).toBe(1);
  lanes.forget();
  expect(lanes.nths).toEqual([1]);
  lanes.add([due('a2')], 0);
  expect(begun(lanes)).toEqual([]);
  lanes.ended(due('a1'), true);
  expect(begun(lanes)).toEqual([2]);
});
