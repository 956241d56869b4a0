/**
 * Makes it once, when it is first asked for. No schema is an export itself: the workflows' sandbox freezes what it shares between
 * conversations, and a schema keeps notes in itself when it is used. What is kept inside a function is not frozen.
 */
export function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
