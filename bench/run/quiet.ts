import { setTimeout as delay } from "node:timers/promises";
import type { CpuSample } from "./cpu.ts";
import type { Part, Stack } from "./stack.ts";

const parts: Part[] = ["gateways", "postgres", "redis", "client"];

/** CPU-ms that each part used between two samples. */
export function spent(before: CpuSample<Part>, after: CpuSample<Part>): Record<Part, number> {
  return Object.fromEntries(parts.map((part) => [part, after[part] - before[part]])) as Record<Part, number>;
}

/** Above this, figures are worse than the servers are. */
export const disturbingCores = 0.2;

/** Cores that others used between two samples: processes outside of the benchmark, and the host. */
export function foreignCores(before: CpuSample<Part>, after: CpuSample<Part>, elapsedMs: number): number {
  const ours = Object.values(spent(before, after)).reduce((sum, ms) => sum + ms, 0);
  const others = after.machine - before.machine - ours + after.stolen - before.stolen;
  return Math.max(0, others / elapsedMs);
}

/** Resolves when others have used almost nothing of the machine for a second, or after `limitSeconds`. */
export async function untilQuiet(stack: Stack, limitSeconds: number): Promise<void> {
  const deadline = performance.now() + 1000 * limitSeconds;
  while (performance.now() < deadline) {
    const before = stack.cpu();
    const since = performance.now();
    await delay(1_000);
    if (foreignCores(before, stack.cpu(), performance.now() - since) < disturbingCores / 2) return;
  }
}
