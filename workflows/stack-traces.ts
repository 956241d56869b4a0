/**
 * For the "Call Stack" tab, the SDK takes the stack of every promise that a workflow makes. A few frames tell
 * where it waits, and all of them cost a tenth of a replay. The sandbox has an `Error` of its own, so no
 * other stacks get shorter.
 */
Error.stackTraceLimit = 4;
