import { Gauge, Registry } from 'prom-client';

/**
 * What this process counts. Counting goes on whether or not anybody looks; it costs about a microsecond. Labels hold only names
 * from our code: never an id, nor anything that a caller wrote.
 */
export const registry = new Registry();

/** Upper bounds of histograms, in seconds. */
export const LATENCIES = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
export const LAGS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600];

type Reading = () => Promise<void>;

const readings = new Set<Reading>();

/** A figure that is read when somebody looks, and not counted as it happens. It must not throw. */
export function onScrape(read: Reading): void {
  readings.add(read);
}

/** All of it, in Prometheus' text format. */
export async function scrape(): Promise<string> {
  await Promise.all([...readings].map((read) => read()));
  return registry.metrics();
}

/** A gauge of what objects say when somebody looks. They may go away; nobody need say so. */
export class Measured<T extends object> {
  private readonly sources = new Set<WeakRef<T>>();

  /** @param together what is told of several objects: the largest value, or all of them added up */
  constructor(
    { name, help }: { name: string; help: string },
    private readonly read: (source: T) => number,
    private readonly together: 'max' | 'sum',
  ) {
    const gauge = new Gauge({ name, help, registers: [registry] });
    onScrape(() => {
      gauge.set(this.value());
      return Promise.resolve();
    });
  }

  watch(source: T): void {
    this.sources.add(new WeakRef(source));
  }

  private value(): number {
    const values: number[] = [];
    for (const reference of this.sources) {
      const source = reference.deref();
      if (source) values.push(this.read(source));
      else this.sources.delete(reference);
    }
    if (this.together === 'max') return Math.max(0, ...values);
    return values.reduce((sum, value) => sum + value, 0);
  }
}
