/**
 * spec.config: the settings of src/config/settings.ts that a person may set here. Secrets and what the operator decides itself are refused with
 * the place where they belong.
 */
import * as z from "zod";
import { type SettingName, settings } from "../../src/config/settings.ts";
import { implies, rules } from "./fields.ts";

const push = "name a Secret with the service account in spec.push.secretRef";

/** Settings that the operator writes, with what to do instead. */
const elsewhere: Partial<Record<SettingName, string>> = {
  DATABASE_URL: "name a Secret in spec.postgres.external.secretRef",
  DATABASE_READ_URL: "name a Secret in spec.postgres.external.readSecretRef",
  REDIS_URL: "name a Secret in spec.redis.external.secretRef",
  REDIS_SENTINELS: "choose spec.redis.topology",
  REDIS_SENTINEL_NAME: "choose spec.redis.topology",
  REDIS_CLUSTER_NODES: "choose spec.redis.topology",
  REDIS_TLS: "choose spec.redis.topology",
  REDIS_CA_FILE: "choose spec.redis.topology",
  REDIS_PASSWORD: "put it into the address in the Secret of spec.redis.external.secretRef",
  JWT_SECRET: "name a Secret in spec.auth.secretRef",
  JWT_JWKS_URL: "set spec.auth.jwks.url",
  JWT_ISSUER: "set spec.auth.jwks.issuer",
  JWT_AUDIENCE: "set spec.auth.jwks.audience",
  LOCAL_ACCOUNTS: "set spec.auth.localAccounts",
  WS_MAX_CONNECTIONS: "set spec.gateway.maxConnections",
  SHUTDOWN_GRACE: "set spec.gateway.terminationGracePeriodSeconds",
  PORT: "pods listen on 3000; the Service and the Ingress decide what the world sees",
  METRICS_PORT: "pods serve metrics on 9464",
  HOST: "pods listen on all their addresses",
  GATEWAY_ID: "it is the pod's name",
  CANARY_GATEWAYS: "the operator names the gateways; CANARY_INTERVAL turns the canary on",
  FCM_SERVICE_ACCOUNT_JSON: push,
  FCM_PROJECT_ID: push,
  FCM_CLIENT_EMAIL: push,
  FCM_PRIVATE_KEY: push,
  FCM_CREDENTIALS_PATH: push,
};

/** Where the operator's default is not that of the setting itself. */
const operatorDefaults: Partial<Record<SettingName, string>> = {
  DRAIN_DELAY: "5000",
  TRUST_PROXY: "true with an Ingress or HTTPRoute, else false",
};

interface Setting {
  schema: z.ZodType;
  default?: string;
  description: string;
  secret?: true;
}
const table = settings as unknown as Record<SettingName, Setting>;
const names = Object.keys(settings) as SettingName[];

/** What to do instead of setting `name` in spec.config; undefined when it may be set there. */
export function refusal(name: SettingName): string | undefined {
  const instead = elsewhere[name];
  if (table[name].secret) return `${name} is a secret: ${instead ?? "it belongs into a Secret"}`;
  return instead && `${name} is the operator's: ${instead}`;
}

/** The settings that spec.config may hold. */
export const configurable: readonly SettingName[] = names.filter((name) => refusal(name) === undefined);

/** The schema of one setting as it may be written in YAML; a string in code. */
function entry(name: SettingName) {
  const { schema, description, default: fallback } = table[name];
  const value = z
    .union([z.string(), z.number()])
    .transform(String)
    .superRefine((text, context) => {
      for (const { message } of schema.safeParse(text).error?.issues ?? [])
        context.addIssue({ code: "custom", message });
    });
  const meaning = description.replace(/^(?!ms )./, (first) => first.toUpperCase());
  const standing = operatorDefaults[name] ?? fallback;
  const text = `${meaning}.${standing === undefined ? "" : ` Default: ${standing}.`}`;
  return value.meta({ description: text, ...constraints(schema) }).optional();
}

/** What the API server can check of a setting: the rest is checked by the operator and by the pods. */
function constraints(schema: z.ZodType): object {
  const {
    type,
    minimum = 0,
    maximum = Number.MAX_SAFE_INTEGER,
  } = z.toJSONSchema(schema, {
    io: "output",
    unrepresentable: "any",
  });
  if (type === "integer") {
    const range =
      maximum >= 2 ** 31 - 1
        ? `a whole number of at least ${minimum}`
        : `a whole number from ${minimum} to ${maximum}`;
    return {
      "x-kubernetes-int-or-string": true,
      maxLength: 15,
      ...rules({
        rule: `string(self).matches('^[0-9]{1,15}$') && int(self) >= ${minimum} && int(self) <= ${maximum}`,
        message: `must be ${range}`,
        chart: {
          minimum,
          ...(maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
          ...implies({ type: "string", pattern: "[^0-9]|^$" }, { const: range }),
        },
      }),
    };
  }
  const given = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return {
    "x-nexus-type": "string",
    ...(given.enum && { enum: given.enum }),
    ...(given.pattern && { pattern: given.pattern, "x-nexus-hint": hintOf(schema) }),
    ...(!given.enum && { maxLength: 1024 }),
  };
}

/** A setting says itself what it must be, when it is not. */
function hintOf(schema: z.ZodType): string | undefined {
  return schema.safeParse("\n").error?.issues[0]?.message;
}

/** Known only to be refused; an older API server's ChatCluster cannot slip a secret into a ConfigMap either. */
function refused(name: SettingName) {
  const message = `${refusal(name)}; remove it from spec.config`;
  return z
    .union([z.string(), z.number()])
    .transform(String)
    .refine(() => false, { error: message })
    .meta({
      "x-kubernetes-int-or-string": true,
      description: `Not here. ${refusal(name)}.`,
      ...rules({
        rule: "false",
        message,
        reason: "FieldValueForbidden",
        chart: { const: `left out: ${refusal(name)}` },
      }),
    })
    .optional();
}

type Entry = ReturnType<typeof entry> | ReturnType<typeof refused>;

export const configSpec = z
  .object(
    Object.fromEntries(
      names.map((name) => [name, refusal(name) === undefined ? entry(name) : refused(name)]),
    ) as Record<SettingName, Entry>,
  )
  .prefault({})
  .meta({
    description:
      "Settings of gateways and workers, by the names of docs/reference/settings.md. Text and numbers; put true and false in quotes.",
  });
