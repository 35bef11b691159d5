import { order } from "./control.ts";
import { deliversFast, scenario } from "./scenario.ts";

export const { options, run, handleSummary } = scenario({
  name: "upgrade",
  title:
    "all gateways are replaced one after the other while people talk (without CONTROL: by whoever runs this)",
  defaults: { CONNECTIONS: 500, VUS: 10, RATE: 200, SECONDS: 60, RAMP: 10, P99_MS: 10_000, RECONNECT_S: 30 },
  thresholds: (settings) => ({
    ...deliversFast(settings),
    chat_reconnect: [`max<${settings.reconnectSeconds * 1000}`],
    // Whoever forgets to upgrade must not read that it went well.
    chat_disconnects: ["count>0"],
  }),
  meanwhile: (_circle, begin, settings) => order("roll", begin + settings.seconds * 150, settings),
});
