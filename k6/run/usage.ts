import { residentKb, sampleCpu } from "../../bench/run/cpu.ts";
import type { Platform } from "../../src/testing/platform/platform.ts";

/** What one part of a local platform used. Memory in MB, of Postgres that of its main process only. */
export interface Usage {
  readonly name: string;
  /** While messages were sent. */
  readonly cpuSeconds: number;
  /** When the platform had just started, when all connections were open, and the most while messages were sent. */
  readonly startMb: number;
  readonly openMb: number;
  readonly peakMb: number;
}

export interface UsageWatch extends Disposable {
  /** Messages are sent from now on. */
  begin(): void;
  /** Until now. */
  end(): void;
  read(): Usage[];
}

const LOAD = "k6";

/** Watches the processes of a local platform, and k6, once a second. Where there is no /proc it sees nothing. */
export function watchUsage(
  { gateways, worker, postgres, redis }: Platform,
  k6: () => number | undefined,
): UsageWatch {
  const parts = [
    ...gateways.map((gateway) => ({ name: gateway.name, pid: () => gateway.pid })),
    { name: "worker", pid: () => worker?.pid },
    { name: "postgres", pid: () => postgres.pid },
    { name: "redis", pid: () => redis?.pid },
    { name: LOAD, pid: k6 },
  ].map(({ name, pid }) => ({ name, pid, cpuMs: 0, before: 0, start: memoryMb(pid()), open: 0, peak: 0 }));
  let running = false;

  function look(): void {
    if (!running) return;
    const cpu = cpuMs(parts);
    for (const part of parts) {
      const now = cpu[part.name] ?? 0;
      // A gateway that was started anew begins at none.
      part.cpuMs += now >= part.before ? now - part.before : now;
      part.before = now;
      part.peak = Math.max(part.peak, memoryMb(part.pid()));
    }
  }
  const timer = setInterval(look, 1000);
  return {
    begin() {
      const cpu = cpuMs(parts);
      for (const part of parts) {
        part.cpuMs = 0;
        part.before = cpu[part.name] ?? 0;
        part.open = memoryMb(part.pid());
      }
      running = true;
    },
    end() {
      look();
      running = false;
    },
    read: () =>
      parts.map(({ name, cpuMs, start, open, peak }) => ({
        name,
        cpuSeconds: Math.round(cpuMs / 100) / 10,
        startMb: start,
        openMb: open,
        peakMb: peak,
      })),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** As lines for a person. */
export function usageLines(usage: readonly Usage[], messages: number): string[] {
  const sum = usage.reduce((total, { name, cpuSeconds }) => total + (name === LOAD ? 0 : cpuSeconds), 0);
  if (sum === 0) return [];
  return [
    "What the platform used while messages were sent (memory: at its start → with all connections → at most):",
    ...usage.map(
      ({ name, cpuSeconds, startMb, openMb, peakMb }) =>
        `  ${name.padEnd(10)} ${cpuSeconds.toFixed(1).padStart(6)} s CPU   ${startMb} → ${openMb} → ${peakMb} MB`,
    ),
    ...(messages > 0 ? [`  ${((1000 * sum) / messages).toFixed(2)} ms CPU for each message, k6 aside`] : []),
  ];
}

function cpuMs(parts: readonly { name: string; pid: () => number | undefined }[]): Record<string, number> {
  try {
    return sampleCpu(Object.fromEntries(parts.map(({ name, pid }) => [name, [pid()].filter(isPid)])));
  } catch {
    return {};
  }
}

function isPid(pid: number | undefined): pid is number {
  return pid !== undefined;
}

function memoryMb(pid: number | undefined): number {
  try {
    return pid === undefined ? 0 : Math.round(residentKb(pid) / 1024);
  } catch {
    return 0;
  }
}
