import murmurhash from 'murmurhash';
import type { Event } from '../src/domain/events';

const KEPT = 200;

/** Short digests of the last events. They tell a repeat from another event with the same id. */
export class EventDigests {
  private readonly digests: Map<string, string>;

  constructor(carried: [string, string][] = []) {
    this.digests = new Map(carried);
  }

  remember(event: Event): void {
    this.digests.set(event.id, digestOf(event));
    for (const oldest of this.digests.keys()) if (this.digests.size > KEPT) this.digests.delete(oldest);
  }

  /** Whether another event is known under its id. */
  differs(event: Event): boolean {
    const first = this.digests.get(event.id);
    return first !== undefined && first !== digestOf(event);
  }

  carried(): [string, string][] {
    return [...this.digests];
  }
}

/** A parsed event has its fields in the order of its schema, with the defaults. */
function digestOf(event: Event): string {
  return murmurhash.v3(JSON.stringify(event)).toString(36);
}
