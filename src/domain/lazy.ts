/**
 * Makes a value once, at the first call. Schemas are made this way and never exported themselves: the
 * workflows' sandbox freezes what conversations share, and a schema changes itself when it is used. A value
 * inside a function is not frozen.
 */
export function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
