/**
 * The number of the code that decides. Raise it with every change of what is decided about an event, or of what a workflow asks
 * of Temporal: timers, activities, search attributes, and their order. Runs that began under a smaller number are then reset and
 * go on under this code from their rows. See docs/changing-the-workflow.md.
 */
export const CODE_NUMBER = 3;

/** The build that a worker names itself. Temporal keeps it with every task that the worker completes. */
export const CODE_BUILD = `code-${CODE_NUMBER}`;

/** The code number in a build's name; null if an operator named the build: its runs are pinned to it. */
export function codeNumberOf(build: string): number | null {
  if (build.startsWith('@temporalio/worker@')) return 1; // the SDK's name for a build without one, from before there were numbers
  const number = /^code-(\d+)$/.exec(build)?.[1];
  return number === undefined ? null : Number(number);
}
