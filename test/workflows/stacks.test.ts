/**
 * How many frames of a stack are taken: few where the SDK takes a stack for every promise, all everywhere
 * else.
 */
import { Service } from './support/service';

it('the stack of a conversation that waits says where, in a few frames; other errors of the process keep all of theirs', async () => {
  const service = await Service.start();
  try {
    const c = await service.conversation();
    await c.when('message');
    const stacks = await c.handle.query<string>('__stack_trace');
    const frames = stacks.split('\n\n').map((stack) => stack.split('\n').length);
    expect(stacks).toContain('workflows/conversation');
    expect(Math.max(...frames)).toBeLessThanOrEqual(4);
    expect(deep(20).stack?.match(/ at deep /g)).toHaveLength(21);
  } finally {
    await service.stop();
  }
});

function deep(calls: number): Error {
  return calls === 0 ? new Error('deep') : deep(calls - 1);
}
