/**
 * `npm run test:mutations` breaks the code in these places. If a change moves one, it must move there too.
 */
import { mutations } from './faults/breaks';
import { changedTree } from './faults/harness/tree';

it.each(mutations)('there is still a place to break: $name', ({ edits }) => {
  const { remove } = changedTree(edits);
  remove();
});
