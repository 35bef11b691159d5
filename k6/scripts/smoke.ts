import { deliversFast, scenario } from "./scenario.ts";

export const { options, run, handleSummary } = scenario({
  name: "smoke",
  title: "a few people talk for a few seconds, in pairs across gateways",
  defaults: { CONNECTIONS: 20, VUS: 2, RATE: 20, SECONDS: 5, RAMP: 1, P99_MS: 1000 },
  thresholds: deliversFast,
});
