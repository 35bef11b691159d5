import type { KubernetesObject, V1Deployment, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import type { ChatClusterSpecInput } from "../../api/chat-cluster.ts";
import { planOf, settle, type World, worldOf } from "../../plan/testing-world.ts";

function find<T>(objects: readonly KubernetesObject[], kind: string, name = "team-gateway"): T {
  const found = objects.find((object) => object.kind === kind && object.metadata?.name === name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found as T;
}

function planned(
  gateway: NonNullable<ChatClusterSpecInput>["gateway"],
  rest: ChatClusterSpecInput = {},
  prepare?: (world: World) => void,
) {
  const world = worldOf({ gateway, ...rest });
  prepare?.(world);
  return settle(world).apply;
}

function environment(objects: readonly KubernetesObject[]): Record<string, string | undefined> {
  const { env = [] } = find<V1Deployment>(objects, "Deployment").spec?.template.spec?.containers[0] ?? {};
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

test("a gateway goes only when its successor is ready, and has time to hand its clients over", () => {
  const objects = planned({ replicas: 3, terminationGracePeriodSeconds: 90 });
  const { spec } = find<V1Deployment>(objects, "Deployment");
  expect(spec?.replicas).toBe(3);
  expect(spec?.strategy?.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: "25%" });
  expect(spec?.template.spec?.terminationGracePeriodSeconds).toBe(90);
  expect(environment(objects)).toMatchObject({ SHUTDOWN_GRACE: "85000" });
  const settings = find<{ data: Record<string, string> }>(objects, "ConfigMap", "team-settings").data;
  expect(settings).toMatchObject({ DRAIN_DELAY: "5000", WS_MAX_CONNECTIONS: "10000" });
  expect(settings).not.toHaveProperty("TRUST_PROXY");
});

test("V8's heap follows the memory limit; a person's variables win", () => {
  const command = (objects: readonly KubernetesObject[]) =>
    find<V1Deployment>(objects, "Deployment").spec?.template.spec?.containers[0]?.command?.join(" ");
  const planned2Gi = planned({ resources: { limits: { memory: "2Gi" } } });
  expect(command(planned2Gi)).toMatch(/^node .*--max-old-space-size=1433 src\/gateway\/main\.ts$/);
  // The image's own say how its sources are loaded.
  expect(environment(planned2Gi)).not.toHaveProperty("NODE_OPTIONS");
  const own = planned({ env: [{ name: "NODE_OPTIONS", value: "--max-old-space-size=99" }] });
  expect(command(own)).not.toContain("old-space");
  expect(environment(own)).toMatchObject({ NODE_OPTIONS: "--max-old-space-size=99" });
});

test("behind an Ingress or HTTPRoute client addresses are taken from X-Forwarded-For, unless a person says no", () => {
  const ingress = { enabled: true, host: "chat.example.org" };
  const trust = (rest: ChatClusterSpecInput) =>
    find<{ data: Record<string, string> }>(planned({}, rest), "ConfigMap", "team-settings").data.TRUST_PROXY;
  expect(trust({ ingress })).toBe("true");
  expect(trust({ ingress, config: { TRUST_PROXY: "false" } })).toBe("false");
});

test("a change of settings or of a Secret rolls gateways and workers, and nothing else does", () => {
  const hashes = (objects: readonly KubernetesObject[]) =>
    ["team-gateway", "team-worker"].map(
      (name) =>
        find<V1Deployment>(objects, "Deployment", name).spec?.template.metadata?.annotations?.[
          "nexus.chat/config-hash"
        ],
    );
  const world = worldOf();
  const before = hashes(settle(world).apply);
  expect(hashes(settle(world).apply)).toEqual(before);
  const secret = world.secrets.get("team-auth");
  world.secrets.set("team-auth", {
    ...secret,
    data: { "jwt-secret": Buffer.from("y".repeat(48)).toString("base64") },
  });
  const rotated = hashes(settle(world).apply);
  for (const [i, hash] of rotated.entries()) expect(hash).not.toBe(before[i]);
  world.cluster.spec.config.LOG_LEVEL = "debug";
  for (const [i, hash] of hashes(settle(world).apply).entries()) expect(hash).not.toBe(rotated[i]);
});

test("one gateway has no disruption budget, since it would only hold its node", () => {
  const budgets = (gateway: NonNullable<ChatClusterSpecInput>["gateway"]) =>
    planned(gateway).filter(({ kind }) => kind === "PodDisruptionBudget").length;
  expect(budgets({ replicas: 1 })).toBe(0);
  expect(budgets({ replicas: 2 })).toBe(1);
  expect(budgets({ autoscaling: { enabled: true, minReplicas: 1 } })).toBe(0);
});

test("autoscaling is quick up and slow down, by processor and, if asked, by connections", () => {
  const objects = planned({
    autoscaling: {
      enabled: true,
      minReplicas: 2,
      maxReplicas: 8,
      connectionMetric: "pods",
      connectionsPerPod: 5000,
    },
  });
  const { spec } = find<V2HorizontalPodAutoscaler>(objects, "HorizontalPodAutoscaler");
  expect(spec).toMatchObject({
    minReplicas: 2,
    maxReplicas: 8,
    metrics: [
      { resource: { name: "cpu", target: { averageUtilization: 70 } } },
      { pods: { metric: { name: "nexus_connections" }, target: { averageValue: "5k" } } },
    ],
    behavior: { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { stabilizationWindowSeconds: 300 } },
  });
});

test("with KEDA there is a ScaledObject and no autoscaler of ours; without KEDA the processor decides, and it is said", () => {
  const autoscaling = {
    enabled: true,
    connectionMetric: "keda",
    kedaPrometheusAddress: "http://prometheus:9090",
  } as const;
  const kinds = (objects: readonly KubernetesObject[]) =>
    objects
      .map(({ kind }) => kind)
      .filter((kind) => kind === "ScaledObject" || kind === "HorizontalPodAutoscaler");
  const withKeda = planned({ autoscaling }, {}, ({ apis }) => apis.add("keda.sh/v1alpha1/ScaledObject"));
  expect(kinds(withKeda)).toEqual(["ScaledObject"]);
  expect(JSON.stringify(find(withKeda, "ScaledObject"))).toContain(
    'sum(nexus_connections{namespace=\\"chat\\",pod=~\\"team-gateway-[^-]+-[^-]+\\"})',
  );
  const world = worldOf({ gateway: { autoscaling } });
  const { apply, status } = settle(world);
  expect(kinds(apply)).toEqual(["HorizontalPodAutoscaler"]);
  expect(status.conditions.find(({ type }) => type === "GatewaysReady")?.message).toMatch(
    /no KEDA: install it/,
  );
});

test("the number of gateways is the scaler's once there are some, but never 0", () => {
  const world = worldOf({ gateway: { autoscaling: { enabled: true, minReplicas: 3 } } });
  const replicas = () => find<V1Deployment>(settle(world).apply, "Deployment").spec?.replicas;
  expect(replicas()).toBeUndefined();
  const live = world.objects.get("Deployment/team-gateway") as V1Deployment;
  live.spec = { ...live.spec, replicas: 0 } as V1Deployment["spec"] & object;
  expect(find<V1Deployment>(planOf(world).apply, "Deployment").spec?.replicas).toBe(3);
});
