import { expect, test } from "vitest";
import { parse } from "yaml";
import { crdYaml } from "../../charts/generate/crd-yaml.ts";
import { settings } from "../../src/config/settings.ts";
import { chatClusterSpec, conditionTypes, parseChatCluster } from "./chat-cluster.ts";
import { configurable, refusal } from "./config.ts";
import { chatClusterCrd, chatClusterSchema } from "./crd.ts";
import { chatClusterExample } from "./example.ts";
import type { Structural } from "./structural.ts";

const crd = chatClusterCrd();
const [version] = crd.spec.versions;
const root = version?.schema.openAPIV3Schema as Structural;
const spec = root.properties?.spec as Structural;
const empty = { metadata: { name: "team", namespace: "default" } };

/** Every node of a schema with its path. */
function nodes(schema: Structural, path = ""): [string, Structural][] {
  return [
    [path, schema],
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => nodes(child, `${path}.${name}`)),
    ...(schema.items ? nodes(schema.items, `${path}[]`) : []),
    ...(schema.additionalProperties ? nodes(schema.additionalProperties, `${path}{}`) : []),
  ];
}

test("the YAML is the definition", () => {
  expect(parse(crdYaml())).toEqual(JSON.parse(JSON.stringify(crd)));
});

test("every field is described, and nothing is left that a structural schema does not know", () => {
  const allowed =
    /^(type|description|format|default|enum|pattern|minimum|maximum|m(in|ax)(Length|Items|Properties)|required|properties|additionalProperties|items|anyOf|x-kubernetes-[a-z-]+)$/;
  for (const [path, node] of nodes(root)) {
    expect(
      Object.keys(node).filter((key) => !allowed.test(key)),
      path,
    ).toEqual([]);
    if (/^[.](spec|status)/.test(path) && !/[\]}]$/.test(path)) expect(node.description, path).toBeTruthy();
    expect(node.type !== undefined || node["x-kubernetes-int-or-string"], path).toBeTruthy();
  }
});

test("what the API server fills in is what the operator would", () => {
  expect(parseChatCluster(empty).spec).toEqual(spec.default);
});

test("every default of the schema appears in an empty ChatCluster", () => {
  const filled = parseChatCluster(empty).spec as unknown;
  for (const [path, node] of nodes(spec)) {
    if (node.default === undefined || path === "" || /[[{]/.test(path)) continue;
    const steps = path.slice(1).split(".");
    // Within what is left out as a whole there is nothing to fill in.
    const parents = steps.map((_, index) => `.${steps.slice(0, index).join(".")}`).slice(1);
    if (parents.some((parent) => nodes(spec).find(([known]) => known === parent)?.[1].default === undefined))
      continue;
    const value = steps.reduce((at, step) => (at as Record<string, unknown>)?.[step], filled);
    expect(value, path).toEqual(node.default);
  }
});

test("the example is a ChatCluster", () => {
  const cluster = parseChatCluster({ ...chatClusterExample, metadata: empty.metadata });
  expect(cluster.spec.gateway.autoscaling).toMatchObject({
    enabled: true,
    targetCPUUtilizationPercentage: 70,
  });
  expect(cluster.spec.redis.external?.secretRef).toEqual({ name: "team-managed-redis", key: "url" });
});

test("amounts and settings may be written as numbers, and are text in code", () => {
  const { postgres, config } = chatClusterSpec.parse({
    postgres: { storage: { size: 1_000_000 }, parameters: { max_connections: 50 } },
    config: { MAX_MESSAGE_LENGTH: 500 },
  });
  expect(postgres.storage.size).toBe("1000000");
  expect(postgres.parameters).toEqual({ max_connections: "50" });
  expect(config.MAX_MESSAGE_LENGTH).toBe("500");
});

test("every setting is in spec.config or refused with the place where it belongs; secrets always refused", () => {
  const config = spec.properties?.config?.properties ?? {};
  expect(Object.keys(config)).toEqual(Object.keys(settings));
  for (const [name, setting] of Object.entries(settings) as [keyof typeof settings, { secret?: true }][]) {
    const refused = config[name]?.["x-kubernetes-validations"]?.some(({ rule }) => rule === "false") ?? false;
    expect(refused, name).toBe(!configurable.includes(name));
    if (setting.secret) expect(refusal(name), name).toContain("is a secret");
  }
});

test("a secret in spec.config gets past neither the API server nor the operator, and is not repeated", () => {
  const result = chatClusterSpec.safeParse({ config: { JWT_SECRET: "do-not-tell-anybody-about-this-one" } });
  expect(result.error?.message).toContain("name a Secret in spec.auth.secretRef");
  expect(result.error?.message).not.toContain("do-not-tell");
});

test("a setting's value is checked by the setting itself", () => {
  const parsed = (config: object) => chatClusterSpec.safeParse({ config }).success;
  expect(parsed({ LOG_LEVEL: "debug", MAX_FILE_SIZE: "20MB", TRUST_PROXY: "true" })).toBe(true);
  expect(parsed({ LOG_LEVEL: "loud" })).toBe(false);
  expect(parsed({ MAX_MESSAGE_LENGTH: 0 })).toBe(false);
});

test("every rule has a message that ends without a full stop and tells what is wrong", () => {
  for (const [path, node] of nodes(chatClusterSchema()))
    for (const { message } of node["x-kubernetes-validations"] ?? []) {
      expect(message.length, path).toBeGreaterThan(20);
      expect(message, path).toMatch(/[^.]$/);
    }
});

test("conditions are a map by type", () => {
  const conditions = root.properties?.status?.properties?.conditions;
  expect(conditions).toMatchObject({
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
  });
  expect(conditionTypes).toEqual([
    "Ready",
    "GatewaysReady",
    "WorkersReady",
    "RedisReady",
    "PostgresReady",
    "SchemaMigrated",
    "PushConfigured",
    "MessagesArrive",
    "ContinuousArchiving",
    "LastBackup",
    "LastRestoreDrill",
  ]);
});

test("each column shows a field that there is", () => {
  for (const { jsonPath } of version?.additionalPrinterColumns ?? []) {
    const steps = jsonPath
      .replace(/\[.*?\]/, "")
      .slice(1)
      .split(".");
    if (steps[0] === "metadata") continue;
    const end = steps.reduce<Structural | undefined>(
      (at, step) => (at?.items ?? at)?.properties?.[step],
      root,
    );
    expect(end, jsonPath).toBeDefined();
  }
});
