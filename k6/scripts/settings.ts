/**
 * What can be set for a load test: `npm run load -- steady --rate 500`, or `k6 run -e RATE=500 steady.ts`. Pure; the
 * runner reads the same table.
 */

interface Setting {
  readonly description: string;
  /** Without it each scenario has its own default. */
  readonly fallback?: number | string;
}

export const settingTable = {
  URLS: {
    description: "the gateways, or the one address of all of them, with commas",
    fallback: "http://localhost:3000",
  },
  CONNECTIONS: { description: "people, each with one device and one connection" },
  VUS: { description: "virtual users of k6 over which they are spread" },
  RATE: { description: "messages a second, by all together" },
  SECONDS: { description: "how long messages are sent" },
  RAMP: { description: "seconds in which the connections are opened" },
  GATHER: { description: "seconds for signing up; 0: as long as it should take", fallback: 0 },
  GROUP: { description: "people of each group (scenario group)" },
  TALKERS: { description: "how many of the people write (in pairs only); 0: everybody", fallback: 0 },
  SIZE: { description: "characters of a message", fallback: 100 },
  P99_MS: { description: "the delivery p99 to stay under, in ms" },
  RECONNECT_S: { description: "within how many seconds the last one must be back and consistent" },
  CONTROL: { description: "where the runner takes orders to kill and roll gateways", fallback: "" },
  REPORT: { description: "where the page goes, without its ending; empty: only to stdout", fallback: "" },
  INSTANCES: { description: "how many k6 share the load (TestRun's parallelism)", fallback: 1 },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settingTable;
type NumberName = Exclude<SettingName, "URLS" | "CONTROL" | "REPORT">;

/** What a scenario has by default, where the table leaves it open. */
export type Defaults = Readonly<
  Record<"CONNECTIONS" | "VUS" | "RATE" | "SECONDS" | "RAMP" | "P99_MS", number>
> & { readonly GROUP?: number; readonly RECONNECT_S?: number; readonly TALKERS?: number };

export interface Settings {
  readonly urls: readonly string[];
  readonly connections: number;
  readonly vus: number;
  /** Of one VU. */
  readonly people: number;
  readonly rate: number;
  readonly seconds: number;
  readonly ramp: number;
  readonly gather: number;
  readonly group: number;
  /** Of one VU: those who write, whole pairs. */
  readonly talkers: number;
  readonly size: number;
  readonly p99: number;
  readonly reconnectSeconds: number;
  readonly control: string;
  readonly report: string;
  readonly instances: number;
}

/** Signing up costs a gateway a password hash: this many a second are possible on two cores, roughly. */
const SIGN_UPS_A_SECOND = 100;

/** Reads `env`. @throws Error that says which value is wrong, or does not fit the others. */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  defaults: Defaults,
): Settings {
  function number(name: NumberName): number {
    const own: Setting = settingTable[name];
    const fallback = defaults[name as keyof Defaults] ?? own.fallback ?? 0;
    const value = env[name] === undefined || env[name] === "" ? Number(fallback) : Number(env[name]);
    if (!(value >= 0) || value === Number.POSITIVE_INFINITY) {
      throw new Error(`${name} takes a number, not ${env[name]}: ${own.description}`);
    }
    return value;
  }
  const group = number("GROUP");
  const vus = Math.max(1, number("VUS"));
  // Whole pairs, or whole groups, in each VU: everybody who is to get a message is in the VU that sends it.
  const unit = group > 0 ? group : 2;
  const people = Math.max(unit, Math.round(number("CONNECTIONS") / vus / unit) * unit);
  const connections = people * vus;
  const talkers = number("TALKERS") / vus;
  const urls = (env.URLS || settingTable.URLS.fallback)
    .split(",")
    .map((url) => url.trim().replace(/\/+$/, ""));
  const wrong = urls.find((url) => !/^https?:\/\/[^/]+$/.test(url));
  if (wrong !== undefined) throw new Error(`URLS takes addresses like http://host:3000, not ${wrong}`);
  return {
    urls,
    connections,
    vus,
    people,
    rate: number("RATE"),
    seconds: number("SECONDS"),
    ramp: number("RAMP"),
    gather: number("GATHER") || Math.ceil(connections / SIGN_UPS_A_SECOND) + 1,
    group,
    talkers: talkers > 0 && group === 0 ? Math.min(people, Math.max(2, Math.round(talkers / 2) * 2)) : people,
    size: number("SIZE"),
    p99: number("P99_MS"),
    reconnectSeconds: number("RECONNECT_S"),
    control: env.CONTROL ?? "",
    report: env.REPORT ?? "",
    instances: Math.max(1, number("INSTANCES")),
  };
}
