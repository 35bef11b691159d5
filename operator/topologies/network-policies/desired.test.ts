import { expect, test } from "vitest";
import type { ChatClusterSpecInput } from "../../api/chat-cluster.ts";
import { secretOf, settle, worldOf } from "../../plan/testing-world.ts";
import { externalDestination } from "../common/store.ts";
import type { NetworkPolicy } from "./desired.ts";

const secrets = {
  db: { url: "postgres://a:b@db.example.org:6432/chat" },
  cache: { url: "rediss://:b@cache.example.org" },
};

function policies(spec: ChatClusterSpecInput): Record<string, NetworkPolicy["spec"]> {
  const world = worldOf(spec);
  for (const [name, values] of Object.entries(secrets)) world.secrets.set(name, secretOf(name, values));
  const found = settle(world).apply.filter(
    (object): object is NetworkPolicy => object.kind === "NetworkPolicy",
  );
  return Object.fromEntries(
    found.map(({ metadata, spec: rules }) => [metadata?.name?.replace("team-", ""), rules]),
  );
}

/** Each rule as "who: ports". */
function read(rules: NetworkPolicy["spec"]["ingress"]): string[] {
  return (rules ?? []).map(({ from, to, ports }) => {
    const peers = (from ?? to)?.map((peer) => {
      const { podSelector } = peer as { podSelector?: { matchLabels: Record<string, string> } };
      return podSelector?.matchLabels["app.kubernetes.io/component"] ?? JSON.stringify(peer);
    });
    return `${peers?.join(",") ?? "anyone"}: ${ports?.map(({ port }) => port).join(",") ?? "any"}`;
  });
}

test("with own stores, only what must speak may", () => {
  const { gateway, worker, migrate, redis, postgres } = policies({});
  expect(read(gateway?.ingress)).toEqual(["anyone: 3000", '{"namespaceSelector":{}}: 9464']);
  expect(read(gateway?.egress)).toEqual(["anyone: 53,53", "postgres: 5432", "redis: 6379"]);
  expect(read(worker?.ingress)).toEqual(['{"namespaceSelector":{}}: 9464']);
  expect(read(worker?.egress)).toEqual(["anyone: 53,53", "postgres: 5432", "redis: 6379"]);
  expect(read(migrate?.ingress)).toEqual([]);
  expect(read(migrate?.egress)).toEqual(["anyone: 53,53", "postgres: 5432"]);
  expect(read(postgres?.ingress)).toEqual(["gateway,worker,migrate: 5432"]);
  expect(read(postgres?.egress)).toEqual([]);
  expect(read(redis?.ingress)).toEqual(["gateway,worker: 6379"]);
  expect(read(redis?.egress)).toEqual([]);
});

test("external stores are reached at the ports of their addresses, an identity provider and push at theirs", () => {
  const { gateway, worker, ...others } = policies({
    postgres: { topology: "external", external: { secretRef: { name: "db" } } },
    redis: { topology: "external", external: { secretRef: { name: "cache" } } },
    auth: { jwks: { url: "https://id.example:8443/keys", issuer: "a", audience: "b" } },
    push: { secretRef: { name: "fcm" } },
  });
  expect(read(gateway?.egress)).toEqual(["anyone: 53,53", "anyone: 6432", "anyone: 6379", "anyone: 8443"]);
  expect(read(worker?.egress)).toEqual(["anyone: 53,53", "anyone: 6432", "anyone: 6379", "anyone: 443"]);
  expect(Object.keys(others)).toEqual(["migrate"]);
});

test.each([
  ["db", true],
  ["db.shared", true],
  ["db.shared.svc", true],
  ["db.shared.svc.cluster.local", true],
  ["db.example.org", false],
  ["10.0.0.1", false],
])(
  "a store at %s is behind a Service of this Kubernetes: %s; then its pods may listen on another port",
  (host, within) => {
    expect(externalDestination(new URL(`postgres://a:b@${host}:5433/x`), 5432)).toEqual({
      anywhere: true,
      port: 5433,
      service: within,
    });
  },
);

test("clients and readers of metrics can be named; helm's test may always come", () => {
  const { gateway } = policies({
    networkPolicies: {
      gatewayFrom: [{ namespaceSelector: { matchLabels: { name: "ingress" } } }],
      metricsFrom: [{ namespaceSelector: { matchLabels: { name: "monitoring" } } }],
    },
  });
  expect(read(gateway?.ingress)).toEqual([
    '{"namespaceSelector":{"matchLabels":{"name":"ingress"}}},test: 3000',
    '{"namespaceSelector":{"matchLabels":{"name":"monitoring"}}}: 9464',
  ]);
});

test("where the canary sings, workers reach gateways, and the operator reads what it saw", () => {
  const { gateway, worker } = policies({
    config: { CANARY_INTERVAL: "5000" },
    networkPolicies: {
      gatewayFrom: [{ namespaceSelector: { matchLabels: { name: "ingress" } } }],
      metricsFrom: [{ namespaceSelector: { matchLabels: { name: "monitoring" } } }],
    },
  });
  expect(read(gateway?.ingress)[0]).toBe(
    '{"namespaceSelector":{"matchLabels":{"name":"ingress"}}},test,worker: 3000',
  );
  expect(read(worker?.egress)).toContain("gateway: 3000");
  expect(read(worker?.ingress)).toContain("operator: 9464");
});

test("they can be left to somebody else", () => {
  expect(policies({ networkPolicies: { enabled: false } })).toEqual({});
});
