import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "../../src/engines/child-process.ts";
import type { Platform } from "../../src/testing/platform/platform.ts";
import type { SettingName } from "../scripts/settings.ts";
import { startControl } from "./control.ts";
import { faults, startLocalPlatform } from "./local-platform.ts";
import { type Usage, watchUsage } from "./usage.ts";

export const scenarios = ["smoke", "ramp", "steady", "group", "storm", "upgrade", "soak"] as const;
export type ScenarioName = (typeof scenarios)[number];

export const scriptFolder = fileURLToPath(new URL("../scripts", import.meta.url));

export interface LoadOptions {
  readonly scenario: ScenarioName;
  /** A k6 that can be run. */
  readonly k6: string;
  /** What the scripts get; without URLS a platform is started here, and stopped afterwards. */
  readonly settings: Readonly<Partial<Record<SettingName, string>>>;
  /** How many gateways that platform has. */
  readonly gateways: number;
  /** Or a platform of the caller's, whose gateways take the load and the faults. */
  readonly platform?: Platform;
  /** Of a Prometheus that takes remote writes: `http://host:9090/api/v1/write`. */
  readonly prometheus?: string;
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface LoadResult {
  /** All thresholds held. */
  readonly ok: boolean;
  /** Of k6: 99 where a threshold did not hold. */
  readonly code: number | null;
  readonly output: string;
  /** What the local platform used, if there was one. */
  readonly usage: readonly Usage[];
}

/** Runs one scenario. Rejects when the platform cannot be started; a load that shows faults resolves with `ok: false`. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { scenario, k6, settings, tell, signal } = options;
  await using scope = new AsyncDisposableStack();
  const started = settings.URLS === undefined && !options.platform;
  const platform = started ? scope.use(await startLocalPlatform(options.gateways, tell)) : options.platform;
  let child: Child | undefined;
  const usage = platform && scope.use(watchUsage(platform, () => child?.pid));
  const marks = { begin: async () => usage?.begin(), end: async () => usage?.end() };
  const control = platform && scope.use(await startControl({ ...faults(platform), ...marks }, tell));
  const env: Record<string, string> = {
    ...settings,
    ...(platform && { URLS: platform.gateways.map(({ url }) => url).join(",") }),
    ...(control && { CONTROL: control.url }),
  };
  if (env.REPORT) await mkdir(dirname(env.REPORT), { recursive: true });
  const output: string[] = [];
  child = startChild({
    name: "k6",
    command: k6,
    args: [
      "run",
      "--quiet",
      "--no-color",
      "--address=",
      // A network has 28,000 source ports for each address that they come from.
      ...(platform ? ["--local-ips", "127.0.0.1-127.0.0.8"] : []),
      ...(options.prometheus ? ["--out", "experimental-prometheus-rw"] : []),
      ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      join(scriptFolder, `${scenario}.ts`),
    ],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      // k6 makes much garbage and holds little: a fifth of its CPU for some memory.
      GOGC: "400",
      K6_NO_USAGE_REPORT: "true",
      K6_AUTO_EXTENSION_RESOLUTION: "false",
      ...(options.prometheus && {
        K6_PROMETHEUS_RW_SERVER_URL: options.prometheus,
        K6_PROMETHEUS_RW_TREND_STATS: "p(50),p(95),p(99),max",
        K6_PROMETHEUS_RW_STALE_MARKERS: "true",
      }),
    },
    onLine: (line) => {
      output.push(line);
      tell(line);
    },
  });
  const running = child;
  scope.defer(async () => {
    await running.stop("SIGTERM", 10_000);
  });
  const stop = () => running.signal("SIGINT");
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  const exit = await running.exited;
  signal?.removeEventListener("abort", stop);
  return {
    ok: exit.code === 0,
    code: exit.code,
    output: output.join("\n"),
    usage: usage?.read() ?? [],
  };
}
