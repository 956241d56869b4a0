/** `npm run test:mutations` breaks the code in these places: a change that moves one has to move it there too. */
import { mutations } from './faults/breaks';
import { changedTree } from './faults/harness/tree';

it.each(mutations)('there is still a place to break: $name', ({ edits }) => {
  const { remove } = changedTree(edits);
  remove();
});
