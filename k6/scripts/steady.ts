import { deliversFast, scenario } from "./scenario.ts";

export const { options, run, handleSummary } = scenario({
  name: "steady",
  title: "messages at a fixed rate in pairs whose people are on different gateways",
  defaults: { CONNECTIONS: 300, VUS: 4, RATE: 1000, SECONDS: 30, RAMP: 5, P99_MS: 100 },
  thresholds: deliversFast,
});
