/**
 * Makes metrics of one registry. Label values that are known beforehand are there from the start, with zero: a rate
 * over a series that appears with its first event would miss that event.
 */
import { Gauge, Registry } from "prom-client";
import { type Counter, createCounter, createHistogram, type Spread } from "./counts.ts";

/** Edges in seconds; exactly on the goals of 50 and 100 ms. */
export const latencyBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export type Families = ReturnType<typeof families>;

export function families(registry: Registry) {
  const registers = [registry];
  return {
    counter<L extends string = never>(
      name: string,
      help: string,
      labels: Partial<Record<L, readonly string[]>> = {},
      labelNames: readonly L[] = Object.keys(labels) as L[],
    ): Counter<L> {
      const made = createCounter(registry, { name, help, labelNames });
      if (labelNames.every((label) => labels[label]) && labelNames.length > 0)
        for (const values of combinations(labelNames, labels as Record<L, readonly string[]>))
          made.inc(values, 0);
      return made;
    },
    gauge: (name: string, help: string, start?: number): Gauge => {
      const made = new Gauge({ name, help, registers });
      if (start !== undefined) made.set(start);
      return made;
    },
    /** A gauge that is asked at each scrape. */
    asked(name: string, help: string, value: () => number): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    },
    histogram<L extends string = never>(
      name: string,
      help: string,
      buckets: readonly number[] = latencyBuckets,
      labels: Record<L, readonly string[]> = {} as Record<L, readonly string[]>,
    ): Spread<L> {
      const labelNames = Object.keys(labels) as L[];
      const made = createHistogram(registry, { name, help, labelNames, buckets });
      // Not a number is not counted, but its place is made.
      if (labelNames.length > 0)
        for (const values of combinations(labelNames, labels)) made.observe(values, Number.NaN);
      return made;
    },
  };
}

function combinations<L extends string>(
  names: readonly L[],
  values: Record<L, readonly string[]>,
): Record<L, string>[] {
  return names.reduce<Record<L, string>[]>(
    (made, name) => made.flatMap((labels) => values[name].map((value) => ({ ...labels, [name]: value }))),
    [{} as Record<L, string>],
  );
}

/** A registry that speaks OpenMetrics, the format that carries exemplars. */
export function openRegistry(): Registry {
  const registry = new Registry();
  (registry as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>).setContentType(
    Registry.OPENMETRICS_CONTENT_TYPE,
  );
  return registry;
}

/** Text of everything counted so far, with its content type. */
export function rendered(registry: Registry) {
  return {
    render: async () => ({ contentType: registry.contentType as string, body: await registry.metrics() }),
  };
}
