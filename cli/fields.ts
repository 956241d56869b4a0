/** `field=value`, as it is typed to commands. */
import { UsageError } from './exit';

/** A value that is JSON is taken as such; else it is text. @throws UsageError */
export function fieldsOf(typed: string[]): Record<string, unknown> {
  return Object.fromEntries(
    typed.map((field) => {
      const at = field.indexOf('=');
      if (at < 1) throw new UsageError(`${field} is not field=value`);
      return [field.slice(0, at), valueOf(field.slice(at + 1))];
    }),
  );
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
