import { deliversFast, scenario } from "./scenario.ts";

export const { options, run, handleSummary } = scenario({
  name: "group",
  title: "large groups in which everybody is online: each message goes to all others",
  defaults: { CONNECTIONS: 400, VUS: 4, GROUP: 100, RATE: 20, SECONDS: 30, RAMP: 5, P99_MS: 100 },
  thresholds: deliversFast,
});
