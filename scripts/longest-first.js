/**
 * Without figures of an earlier run Jest begins with the largest files. The longest ones are small, and each would keep one
 * worker busy alone at the end.
 */
const Sequencer = require('@jest/test-sequencer').default;

const LONGEST = ['test/faults-short.test.ts', 'test/http/cases.test.ts', 'test/webhooks/failures.test.ts'];

const rank = ({ path }) => {
  const n = LONGEST.findIndex((name) => path.endsWith(name));
  return n < 0 ? LONGEST.length : n;
};

module.exports = class LongestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    return [...sorted].sort((a, b) => rank(a) - rank(b));
  }
};
