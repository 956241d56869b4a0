import { reasonOf, UnreachableError } from './errors.ts';

/**
 * The lines of an answer as they come, without their ends; the last one also without an end.
 * @throws UnreachableError where it breaks off, so that nobody takes a part for all; the signal's reason where the
 * caller gives up
 */
export async function* linesOf(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const reader = body.getReader();
  // fetch knows the signal too, but only by weak references, which a garbage collection may cut
  const stop = () => void reader.cancel().catch(() => {});
  signal?.addEventListener('abort', stop);
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(brokeOff);
      signal?.throwIfAborted();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split(/\r\n|\n/);
      rest = lines.pop() ?? '';
      yield* lines;
      if (done) break;
    }
    if (rest !== '') yield rest;
  } finally {
    signal?.removeEventListener('abort', stop);
    await reader.cancel().catch(() => {}); // it may have broken off already
  }
}

/** NDJSON: a value of each line. */
export async function* valuesOf<T>(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  for await (const line of linesOf(body, signal)) if (line !== '') yield JSON.parse(line) as T;
}

function brokeOff(cause: unknown): never {
  throw new UnreachableError(`The answer broke off before its end: ${reasonOf(cause)}`, { cause });
}
