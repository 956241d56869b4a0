/** What the load process is asked to do, and what it reports. Plain JSON. */
export type Target =
  | { kind: 'signal' | 'update'; address: string; namespace: string }
  | { kind: 'http'; urls: string[]; key: string; inbox: string; wait: boolean; databaseUrl?: string }
  | { kind: 'query'; address: string; namespace: string; workflowIds: string[] };

export interface Job {
  target: Target;
  /** put in front of ids: of the workflows or conversations, and of the events */
  name: { of: string; run: string };
  conversations: number;
  /** a closed loop keeps so many under way; an open one sends at a rate, whatever comes back */
  load: { inFlight: number } | { perSecond: number };
  seconds: number;
}

export interface Sent {
  /** epoch milliseconds, with fractions */
  began: number;
  ended: number;
  accepted: number;
  failed: number;
  firstFailure?: string;
  /** from when it was to be sent until it was answered, in milliseconds */
  latencies: number[];
  /** when each was answered, and, where the target tells, when it was written: by event id */
  acknowledged: Record<string, number>;
  written: Record<string, number>;
}

/** Wall clock, finer than a millisecond. */
export const now = () => performance.timeOrigin + performance.now();
