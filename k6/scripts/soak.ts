import { deliversFast, scenario } from "./scenario.ts";

export const { options, run, handleSummary } = scenario({
  name: "soak",
  title: "a modest load for hours: memory that grows, tokens that run out, partitions that fill",
  defaults: { CONNECTIONS: 1000, VUS: 10, RATE: 50, SECONDS: 7200, RAMP: 30, P99_MS: 100 },
  thresholds: deliversFast,
});
