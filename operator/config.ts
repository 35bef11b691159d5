/** Every setting of the operator: one table of name, schema, default and description. Nothing else reads the environment. */
import * as z from "zod";
import { ConfigError } from "../src/config/load.ts";

interface Setting {
  schema: z.ZodType;
  default?: string;
  description: string;
}
const setting = <S extends z.ZodType>(schema: S, description: string, fallback?: string) => ({
  schema,
  description,
  ...(fallback !== undefined && { default: fallback }),
});

const image = z.string().min(1).max(512);
const name = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, { error: "a Kubernetes name" });

export const operatorSettings = {
  WATCH_NAMESPACE: setting(
    z.union([z.literal(""), name]),
    "namespace whose chat clusters are looked after; empty: all",
    "",
  ),
  POD_NAMESPACE: setting(
    name.optional(),
    "namespace of the Lease by which one of several operators acts; the service account's if absent",
  ),
  POD_NAME: setting(
    name.optional(),
    "name among several operators; the host's with a random suffix if absent",
  ),
  DEPLOYMENT_NAME: setting(
    name.optional(),
    "the operator's own Deployment in that namespace, with which the Lease shall go; if absent, the Lease stays",
  ),
  LEASE_NAME: setting(name, "name of that Lease", "nexus-operator"),
  NEXUS_IMAGE: setting(image, "image of gateways, workers and migrations of chat clusters that name none"),
  NEXUS_DATA_IMAGE: setting(image, "image of Redis and Postgres of chat clusters that name none"),
  NEXUS_VERSION: setting(z.string().min(1).max(128), "the operator's own version, a tag of those images"),
  MANAGE_CRDS: setting(
    z.enum(["true", "false"]).transform((v) => v === "true"),
    "apply the ChatCluster definition at start, since helm upgrades none",
    "true",
  ),
  PORT: setting(z.coerce.number().int().min(0).max(65_535), "of /healthz, /readyz and /metrics", "8080"),
  HOST: setting(z.string().min(1), "address to listen on", "0.0.0.0"),
  LOG_LEVEL: setting(
    z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    "least level that is logged",
    "info",
  ),
  KUBECONFIG: setting(
    z.string().optional(),
    "file that says which cluster; in a pod the service account is used",
  ),
  KUBERNETES_SERVICE_HOST: setting(z.string().optional(), "set by Kubernetes in every pod"),
  KUBERNETES_SERVICE_PORT: setting(z.string().optional(), "set by Kubernetes in every pod"),
} as const satisfies Record<string, Setting>;

export type OperatorConfig = {
  readonly [N in keyof typeof operatorSettings]: z.output<(typeof operatorSettings)[N]["schema"]>;
};

/**
 * Reads and checks the settings once, as a whole.
 * @throws ConfigError that lists every wrong setting with what it should be.
 */
export function loadOperatorConfig(env: Record<string, string | undefined> = process.env): OperatorConfig {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [key, { schema, description, ...rest }] of Object.entries<Setting>(operatorSettings)) {
    const raw = env[key] === "" ? undefined : env[key];
    const result = schema.safeParse(raw ?? rest.default);
    if (result.success) config[key] = result.data;
    else if (raw === undefined) problems.push(`${key} is required: ${description}`);
    else problems.push(`${key}: ${result.error.issues.map((issue) => issue.message).join("; ")}`);
  }
  if (problems.length > 0)
    throw new ConfigError(`The operator's configuration is not valid:\n  ${problems.join("\n  ")}`);
  return config as OperatorConfig;
}
