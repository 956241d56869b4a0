/** What the load process is asked to do, and what it reports. Plain JSON. */
export type Target =
  | { kind: 'signal' | 'update' | 'update-with-start'; address: string; namespace: string }
  | {
      kind: 'http';
      urls: string[];
      key: string;
      inbox: string;
      wait: boolean;
      sends?: 'messages' | 'closes and reopens';
      databaseUrl?: string;
      /** so many messages in each request */
      batch?: number;
    }
  | { kind: 'post'; url: string; body: string }
  | { kind: 'query'; address: string; namespace: string; workflowIds: string[] };

export interface Job {
  target: Target;
  /** put in front of ids: of the workflows or conversations, and of the events */
  name: { of: string; run: string };
  conversations: number;
  /**
   * a closed loop keeps this many requests in flight; an open one sends at a rate and does not wait for
   * answers
   */
  load: { inFlight: number } | { perSecond: number };
  seconds: number;
  /** sends no more than this many, also before the time is over */
  atMost?: number;
}

export interface Sent {
  /** epoch milliseconds, with fractions */
  began: number;
  ended: number;
  /** events, also where a request holds many */
  accepted: number;
  failed: number;
  firstFailure?: string;
  /** from the moment it was due to its answer, in milliseconds */
  latencies: number[];
  /** when each was answered, and when it was written if the target says so: by event id */
  acknowledged: Record<string, number>;
  written: Record<string, number>;
}

/** Wall clock with fractions of a millisecond. */
export const now = () => performance.timeOrigin + performance.now();
