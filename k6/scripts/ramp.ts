import { deliversFast, scenario } from "./scenario.ts";

export const { options, run, handleSummary } = scenario({
  name: "ramp",
  title: "many connections are opened at a steady pace and held, while some of the people talk",
  defaults: { CONNECTIONS: 5000, VUS: 25, RATE: 200, SECONDS: 60, RAMP: 50, P99_MS: 100, TALKERS: 500 },
  thresholds: (settings) => ({
    ...deliversFast(settings),
    chat_connects: [`count>=${Math.floor(settings.connections / settings.instances)}`],
    chat_disconnects: ["count==0"],
  }),
});
