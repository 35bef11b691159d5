import { type SettingName, settingTable } from "../scripts/settings.ts";
import { type ScenarioName, scenarios } from "./run-load.ts";

export const usage = `npm run load -- <scenario> [options]
npm run load -- render <scenario> --as job|testrun [options]     YAML for kubectl, to stdout

  scenarios: ${scenarios.join(", ")}

  --urls URL,URL        a running platform; without it one is started here, and stopped afterwards
  --gateways N          how many gateways that one has (2)
  --prometheus URL      k6's metrics go there by remote write (http://host:9090/api/v1/write)
  --k6 PATH             the k6 to run; else the one on PATH, else one is built from its Go module, once
  --as, --namespace, --cluster, --image   of render: job or testrun (job), where (nexus), the ChatCluster (nexus),
                        and which k6 (grafana/k6)

Settings of the scripts; defaults differ by scenario where none is given:
${Object.entries(settingTable)
  .filter(([name]) => name !== "URLS" && name !== "CONTROL")
  .map(([name, { description, ...more }]) => {
    const fallback = "fallback" in more && more.fallback !== "" ? ` (${more.fallback})` : "";
    return `  ${flagOf(name).padEnd(22)}${description}${fallback}`;
  })
  .join("\n")}
`;

export type Settings = Partial<Record<SettingName, string>>;

export interface RenderRequest {
  readonly command: "render";
  readonly scenario: ScenarioName;
  readonly as: "job" | "testrun";
  readonly namespace: string;
  /** The ChatCluster's name. */
  readonly cluster: string;
  readonly image: string | undefined;
  readonly prometheus: string | undefined;
  readonly settings: Settings;
}

export interface RunRequest {
  readonly command: "run";
  readonly scenario: ScenarioName;
  readonly gateways: number;
  readonly k6?: string;
  readonly prometheus?: string;
  readonly settings: Settings;
}

/** Reads the command line. @throws Error that says what is wrong with it, and how it is used. */
export function readArguments(args: readonly string[]): RunRequest | RenderRequest | { command: "help" } {
  const words: string[] = [];
  const flags = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (word === "--help" || word === "-h") return { command: "help" };
    if (!word.startsWith("--")) words.push(word);
    else {
      const [name = "", inline] = word.split(/=(.*)/s, 2);
      const value = inline ?? args[++i];
      if (value === undefined) throw new Error(`${name} takes a value\n\n${usage}`);
      flags.set(name, value);
    }
  }
  const take = (name: string) => {
    const value = flags.get(name);
    flags.delete(name);
    return value;
  };
  const rendering = words[0] === "render";
  const scenario = words[rendering ? 1 : 0];
  if (words.length === 0) return { command: "help" };
  if (!isScenario(scenario)) throw new Error(`There is no scenario ${scenario ?? ""}\n\n${usage}`);
  const settings: Settings = {};
  for (const name of Object.keys(settingTable) as SettingName[]) {
    const value = take(flagOf(name));
    if (value !== undefined) settings[name] = value;
  }
  const common = { scenario, settings };
  const prometheus = take("--prometheus");
  if (rendering) {
    const as = take("--as") ?? "job";
    if (as !== "job" && as !== "testrun") throw new Error(`--as is job or testrun, not ${as}`);
    const namespace = take("--namespace") ?? "nexus";
    const cluster = take("--cluster") ?? "nexus";
    const place = { as, namespace, cluster, image: take("--image"), prometheus } as const;
    const request = { ...common, ...place, command: "render" } as const;
    refuseOthers(flags);
    return request;
  }
  const gateways = Number(take("--gateways") ?? 2);
  if (!(Number.isInteger(gateways) && gateways > 0))
    throw new Error("--gateways takes a whole number above 0");
  const k6 = take("--k6");
  refuseOthers(flags);
  return { ...common, command: "run", gateways, ...(k6 && { k6 }), ...(prometheus && { prometheus }) };
}

function refuseOthers(flags: ReadonlyMap<string, string>): void {
  const [unknown] = flags.keys();
  if (unknown !== undefined) throw new Error(`There is no ${unknown}\n\n${usage}`);
}

function isScenario(name: string | undefined): name is ScenarioName {
  return (scenarios as readonly (string | undefined)[]).includes(name);
}

function flagOf(name: string): string {
  return `--${name.toLowerCase().replaceAll("_", "-")}`;
}
