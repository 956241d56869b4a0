import murmurhash from 'murmurhash';
import type { Event } from '../src/domain/events';

const KEPT = 200;

/** What the last events said, in a few characters each, to tell a repeat from another event with the same id. */
export class Gists {
  private readonly gists: Map<string, string>;

  constructor(carried: [string, string][] = []) {
    this.gists = new Map(carried);
  }

  remember(event: Event): void {
    this.gists.set(event.id, gistOf(event));
    for (const oldest of this.gists.keys()) if (this.gists.size > KEPT) this.gists.delete(oldest);
  }

  /** Whether another event is remembered under its id. */
  differs(event: Event): boolean {
    const first = this.gists.get(event.id);
    return first !== undefined && first !== gistOf(event);
  }

  carried(): [string, string][] {
    return [...this.gists];
  }
}

/** An event that was read has its fields in the order of its schema, the defaults filled in. */
function gistOf(event: Event): string {
  return murmurhash.v3(JSON.stringify(event)).toString(36);
}
