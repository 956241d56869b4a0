import murmurhash from 'murmurhash';
import type { Event } from '../src/domain/events';

const KEPT = 200;

/** Short digests of the last events. They tell a repeat from another event with the same id. */
export class Gists {
  private readonly gists: Map<string, string>;

  constructor(carried: [string, string][] = []) {
    this.gists = new Map(carried);
  }

  remember(event: Event): void {
    this.gists.set(event.id, gistOf(event));
    for (const oldest of this.gists.keys()) if (this.gists.size > KEPT) this.gists.delete(oldest);
  }

  /** Whether another event is known under its id. */
  differs(event: Event): boolean {
    const first = this.gists.get(event.id);
    return first !== undefined && first !== gistOf(event);
  }

  carried(): [string, string][] {
    return [...this.gists];
  }
}

/** A parsed event has its fields in the order of its schema, with the defaults. */
function gistOf(event: Event): string {
  return murmurhash.v3(JSON.stringify(event)).toString(36);
}
