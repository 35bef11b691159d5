import type { Platform } from "../platform/platform.ts";
import { type Clock, until } from "./act.ts";
import type { Faults } from "./schedule.ts";

/**
 * Lets the faults of a round happen at their moments and heals each: a gateway killed by SIGKILL, Redis killed and
 * back empty, Postgres restarted in order or killed. Resolves when the platform is whole again.
 */
export async function inflict(platform: Platform, faults: Faults, clock: Clock): Promise<void> {
  const healed = await Promise.allSettled([
    loseGateway(platform, faults.gateway, clock),
    loseRedis(platform, faults.redis, clock),
    losePostgres(platform, faults.postgres, clock),
  ]);
  const reasons = healed.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (reasons.length > 0) throw new AggregateError(reasons, `the platform could not be healed: ${reasons}`);
}

async function loseGateway(platform: Platform, fault: Faults["gateway"], clock: Clock): Promise<void> {
  const gateway = platform.gateways[fault.which % platform.gateways.length];
  await until(clock, fault.at);
  await gateway?.kill();
  await until(clock, fault.at + fault.downPart);
  await gateway?.start();
}

async function loseRedis(platform: Platform, fault: Faults["redis"], clock: Clock): Promise<void> {
  await until(clock, fault.at);
  await platform.redis?.kill();
  await until(clock, fault.at + fault.downPart);
  await platform.redis?.restartEmpty();
}

async function losePostgres(platform: Platform, fault: Faults["postgres"], clock: Clock): Promise<void> {
  await until(clock, fault.at);
  if (fault.how === "kill") {
    await platform.postgres.kill();
    await until(clock, fault.at + fault.downPart);
  }
  await platform.postgres.restart();
}
