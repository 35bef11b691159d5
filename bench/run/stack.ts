import { randomBytes } from "node:crypto";
import type { TargetName } from "../client/dialect.ts";
import type { Site } from "../client/fleet.ts";
import { type ClientProcess, startClient } from "./client-process.ts";
import { type CpuSample, sampleCpu } from "./cpu.ts";
import { type Database, prepareDatabase } from "./database.ts";
import { startEngines } from "./engines.ts";
import { type Gateway, startGateway } from "./gateways.ts";

/** The parts whose CPU is told apart. */
export type Part = "gateways" | "postgres" | "redis" | "client";

/** One candidate, whole: fresh stores, its gateways and the client that will load it. */
export interface Stack {
  readonly target: TargetName;
  readonly site: Site;
  readonly database: Database;
  readonly gateways: readonly Gateway[];
  /** Asks the client; rejects as well as soon as a gateway has died. */
  readonly ask: ClientProcess["ask"];
  cpu(): CpuSample<Part>;
}

/** How large a stack is. */
export interface StackOptions {
  gateways: number;
  users: number;
  groupMembers: number;
  /** Where the first gateway leaves its CPU profile when it stops. */
  profileDir?: string;
}

/** Starts everything that a run needs; `scope` stops it, the gateways before their stores. */
export async function startStack(
  scope: AsyncDisposableStack,
  target: TargetName,
  options: StackOptions,
): Promise<Stack> {
  const engines = await startEngines(scope);
  const database = scope.use(await prepareDatabase(engines, target, options));
  const secret = randomBytes(32).toString("hex");
  const stores = { databaseUrl: database.url, redisUrl: engines.redisUrl, secret };
  const gateways: Gateway[] = [];
  for (let n = 0; n < options.gateways; n++) {
    const profile =
      n === 0 && options.profileDir
        ? [
            "--cpu-prof",
            `--cpu-prof-dir=${options.profileDir}`,
            `--cpu-prof-name=${target}-${Date.now()}.cpuprofile`,
          ]
        : [];
    gateways.push(scope.use(await startGateway(target, stores, profile)));
  }
  const client = scope.use(startClient());
  return {
    target,
    site: { ports: gateways.map((gateway) => gateway.port), secret },
    database,
    gateways,
    ask: (command, args, timeoutMs) =>
      Promise.race([client.ask(command, args, timeoutMs), ...gateways.map((gateway) => gateway.died)]),
    cpu: () =>
      sampleCpu({
        gateways: gateways.map((gateway) => gateway.pid),
        postgres: [engines.postgresPid],
        redis: [engines.redisPid],
        client: [client.pid],
      }),
  };
}
