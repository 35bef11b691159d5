/** Latencies in milliseconds, exact: computed from all samples. */
export interface Quantiles {
  p50: number;
  p99: number;
  max: number;
}

/** The quantiles of `latencies`; negative ones mean "never" and are left out. */
export function quantiles(latencies: Float32Array): Quantiles {
  const samples = latencies.toSorted();
  let first = 0;
  while (first < samples.length && samples[first]! < 0) first++;
  const count = samples.length - first;
  if (count === 0) return { p50: Number.NaN, p99: Number.NaN, max: Number.NaN };
  const at = (share: number) => samples[first + Math.min(count - 1, Math.ceil(share * count) - 1)]!;
  return { p50: at(0.5), p99: at(0.99), max: samples[samples.length - 1]! };
}
