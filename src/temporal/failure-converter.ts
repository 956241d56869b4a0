import { DefaultFailureConverter } from '@temporalio/common';

/** Has messages and stack traces of failures encrypted too. Loaded by name, in and outside of the sandbox. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
