import { type Clock, until } from "./act.ts";
import type { Faults } from "./schedule.ts";

/** What the faults are done to; every promise ends when the thing is really gone, or really answers again. */
export type Cluster = {
  readonly urls: readonly string[];
  /** SIGKILL. */
  killGateway(index: number): Promise<void>;
  startGateway(index: number): Promise<void>;
  stopRedis(): Promise<void>;
  /** Empty. */
  startRedis(): Promise<void>;
  stopPostgres(how: "stop" | "kill"): Promise<void>;
  startPostgres(): Promise<void>;
};

/** Lets the faults of a round happen at their moments, and heals each; resolves when the platform is whole again. */
export async function inflict(cluster: Cluster, faults: Faults, clock: Clock): Promise<void> {
  const { gateway, redis, postgres } = faults;
  const between = async (
    at: number,
    downPart: number,
    stop: () => Promise<void>,
    start: () => Promise<void>,
  ) => {
    await until(clock, at);
    await stop();
    await until(clock, at + downPart);
    await start();
  };
  const healed = await Promise.allSettled([
    between(
      gateway.at,
      gateway.downPart,
      () => cluster.killGateway(gateway.which),
      () => cluster.startGateway(gateway.which),
    ),
    between(
      redis.at,
      redis.downPart,
      () => cluster.stopRedis(),
      () => cluster.startRedis(),
    ),
    between(
      postgres.at,
      postgres.downPart,
      () => cluster.stopPostgres(postgres.how),
      () => cluster.startPostgres(),
    ),
  ]);
  const failed = healed.filter((result) => result.status === "rejected");
  if (failed.length > 0)
    throw new AggregateError(
      failed.map((f) => f.reason),
      "the platform could not be healed",
    );
}
