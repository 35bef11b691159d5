import { sleep } from "./circle.ts";
import { order } from "./control.ts";
import { scenario } from "./scenario.ts";

export const { options, run, handleSummary } = scenario({
  name: "storm",
  title:
    "a gateway is killed while people talk (without CONTROL: everybody loses the network): all come back at once",
  defaults: { CONNECTIONS: 4000, VUS: 20, RATE: 100, SECONDS: 40, RAMP: 20, P99_MS: 0, RECONNECT_S: 30 },
  thresholds: ({ reconnectSeconds }) => ({
    chat_reconnect: [`max<${reconnectSeconds * 1000}`],
    // Where nothing was killed, nothing was shown.
    chat_disconnects: ["count>0"],
  }),
  async meanwhile(circle, begin, settings) {
    const blow = begin + (settings.seconds * 1000) / 4;
    if (settings.control) await order("kill", blow, settings);
    else {
      await sleep(Math.max(0, blow - Date.now()));
      for (const device of circle.devices) device.drop();
    }
  },
});
