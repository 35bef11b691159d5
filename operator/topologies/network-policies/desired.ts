/** Who may speak with whom. Every pod is selected for both directions, so what is not named here is refused. */
import type { KubernetesObject } from "@kubernetes/client-node";
import { archiveDestinations } from "../backup/archive.ts";
import { backupNames } from "../backup/names.ts";
import { repositoryDestinations } from "../backup/repository.ts";
import { canaryWanted } from "../canary/desired.ts";
import { type Component, selectorLabels } from "../common/labels.ts";
import { ports } from "../common/names.ts";
import { ownedMetadata } from "../common/object.ts";
import type { Scope } from "../common/scope.ts";
import type { Destination } from "../common/store.ts";

/** As in JSON; the client library's type calls `from` `_from`. */
export interface NetworkPolicy extends KubernetesObject {
  spec: {
    podSelector: { matchLabels: Record<string, string> };
    policyTypes: ("Ingress" | "Egress")[];
    ingress?: Rule[];
    egress?: Rule[];
  };
}

interface Rule {
  from?: object[];
  to?: object[];
  ports?: { protocol: "TCP" | "UDP"; port: number }[];
}

export interface Flows {
  postgres: readonly Destination[];
  redis: readonly Destination[];
}

export function networkPolicies(scope: Scope, { postgres, redis }: Flows): NetworkPolicy[] {
  const { spec, names } = scope;
  if (!spec.networkPolicies.enabled) return [];
  const { gatewayFrom, metricsFrom } = spec.networkPolicies;
  const metrics = {
    from: metricsFrom.length > 0 ? metricsFrom : [{ namespaceSelector: {} }],
    ports: tcp(ports.metrics),
  };
  // An Ingress controller, a load balancer, nodes: anyone, unless a person says who. `helm test` always may.
  const clients = {
    ...(gatewayFrom.length > 0 && {
      from: [...gatewayFrom, testPods(scope), ...(canaryWanted(spec) ? components(scope, "worker") : [])],
    }),
    ports: tcp(ports.http),
  };
  const stores = [...rulesTo(scope, postgres), ...rulesTo(scope, redis)];
  const policies = [
    policy(scope, names.gateway, "gateway", [clients, metrics], [dns, ...stores, ...providers(scope)]),
    policy(
      scope,
      names.worker,
      "worker",
      [metrics, ...canaryIsRead(scope)],
      [dns, ...stores, ...pushService(scope), ...canarySings(scope)],
    ),
    policy(scope, names.migrate, "migrate", [], [dns, ...rulesTo(scope, postgres)]),
  ];
  return [...policies, ...postgresPolicies(scope), ...backupPolicies(scope), ...redisPolicies(scope)];
}

/** Who watches backups writes what it sees into the API server; Jobs speak with Postgres and the repository only. */
function backupPolicies(scope: Scope): NetworkPolicy[] {
  const { backup } = scope.spec.postgres;
  if (!backup) return [];
  const names = backupNames(scope);
  const both = [
    dns,
    { to: components(scope, "postgres"), ports: tcp(ports.postgres) },
    ...rulesTo(scope, repositoryDestinations(backup.repository)),
  ];
  return [
    policy(scope, names.backup, "backup", [], [...both, { ports: tcp(...apiServerPorts) }]),
    policy(scope, names.jobs, "backup-job", [], both),
  ];
}

/** Several Postgres copy from each other, ask each other who is furthest, and write who leads into the API server. */
function postgresPolicies(scope: Scope): NetworkPolicy[] {
  const { topology } = scope.spec.postgres;
  if (topology === "external") return [];
  const from = components(scope, "gateway", "worker", "migrate", ...backupComponents(scope));
  const clients = { from, ports: tcp(ports.postgres) };
  const repositories = rulesTo(scope, archiveDestinations(scope));
  const archive = repositories.length > 0 ? [dns, ...repositories] : [];
  if (topology === "standalone") return [policy(scope, scope.names.postgres, "postgres", [clients], archive)];
  const each = components(scope, "postgres");
  const between = tcp(ports.postgres, ports.patroni);
  return [
    policy(
      scope,
      scope.names.postgres,
      "postgres",
      [clients, { from: each, ports: between }],
      [dns, { to: each, ports: between }, { ports: tcp(...apiServerPorts) }, ...repositories],
    ),
  ];
}

function backupComponents({ spec }: Scope): Component[] {
  return spec.postgres.backup ? ["backup", "backup-job"] : [];
}

/** Redis pods copy from each other; sentinels watch them and each other. */
function redisPolicies(scope: Scope): NetworkPolicy[] {
  const { names } = scope;
  const { topology } = scope.spec.redis;
  if (topology === "external") return [];
  const clients = { from: components(scope, "gateway", "worker"), ports: tcp(ports.redis) };
  if (topology === "standalone") return [policy(scope, names.redis, "redis", [clients])];
  const redis = components(scope, "redis");
  if (topology === "cluster") {
    const between = tcp(ports.redis, ports.redisBus);
    return [
      policy(
        scope,
        names.redis,
        "redis",
        [clients, { from: redis, ports: between }],
        [dns, { to: redis, ports: between }],
      ),
    ];
  }
  const toRedis = { to: redis, ports: tcp(ports.redis) };
  const toSentinels = { to: components(scope, "sentinel"), ports: tcp(ports.sentinel) };
  const known = components(scope, "redis", "sentinel");
  const asking = components(scope, "gateway", "worker", "redis", "sentinel");
  return [
    policy(
      scope,
      names.redis,
      "redis",
      [clients, { from: known, ports: tcp(ports.redis) }],
      [dns, toRedis, toSentinels],
    ),
    policy(
      scope,
      names.sentinel,
      "sentinel",
      [{ from: asking, ports: tcp(ports.sentinel) }],
      [dns, toRedis, toSentinels],
    ),
  ];
}

function policy(
  scope: Scope,
  name: string,
  component: Component,
  ingress: Rule[],
  egress: Rule[] = [],
): NetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: ownedMetadata(scope, name, component),
    spec: {
      podSelector: { matchLabels: selectorLabels(scope.name, component) },
      policyTypes: ["Ingress", "Egress"],
      ...(ingress.length > 0 && { ingress }),
      ...(egress.length > 0 && { egress }),
    },
  };
}

// To anywhere: a node's DNS cache has an address of the node, not of a pod.
const dns: Rule = {
  ports: [
    { protocol: "UDP", port: ports.dns },
    { protocol: "TCP", port: ports.dns },
  ],
};

/** Where API servers listen, behind the Service's 443; their addresses are others in every cluster. */
const apiServerPorts = [443, 6443, 8443, 16_443];

function tcp(...list: number[]): NonNullable<Rule["ports"]> {
  return list.map((port) => ({ protocol: "TCP", port }));
}

/** One peer for each component, so that a rule reads as a list of names. */
function components(scope: Scope, ...list: Component[]) {
  return list.map((component) => ({ podSelector: { matchLabels: selectorLabels(scope.name, component) } }));
}

/** The pods of `helm test`. */
function testPods(scope: Scope) {
  return {
    podSelector: {
      matchLabels: { "app.kubernetes.io/instance": scope.name, "app.kubernetes.io/component": "test" },
    },
  };
}

function rulesTo(scope: Scope, destinations: readonly Destination[]): Rule[] {
  const rules = destinations.flatMap((destination): Rule[] => {
    const to = tcp(destination.port);
    if ("pods" in destination) return [{ to: components(scope, destination.pods), ports: to }];
    // Policies judge by the pod's port, which a Service maps its own to, and which no address tells.
    return [{ ports: to }, ...(destination.service ? [{ to: [{ namespaceSelector: {} }] }] : [])];
  });
  return rules.filter(
    (rule, index) => rules.findIndex((other) => JSON.stringify(other) === JSON.stringify(rule)) === index,
  );
}

/** An identity provider's key set. */
function providers(scope: Scope): Rule[] {
  const { jwks } = scope.spec.auth;
  if (!jwks || !URL.canParse(jwks.url)) return [];
  const { port, protocol } = new URL(jwks.url);
  return [{ ports: tcp(Number(port || (protocol === "http:" ? 80 : 443))) }];
}

/** Firebase Cloud Messaging, and Google's tokens for it. */
function pushService(scope: Scope): Rule[] {
  return scope.spec.push ? [{ ports: tcp(443) }] : [];
}

/** The canary writes through gateways. */
function canarySings(scope: Scope): Rule[] {
  return canaryWanted(scope.spec) ? [{ to: components(scope, "gateway"), ports: tcp(ports.http) }] : [];
}

/** The operator reads what it saw, wherever the operator is, when not everybody may read metrics. */
function canaryIsRead(scope: Scope): Rule[] {
  if (!canaryWanted(scope.spec) || scope.spec.networkPolicies.metricsFrom.length === 0) return [];
  const operator = { "app.kubernetes.io/name": "nexus", "app.kubernetes.io/component": "operator" };
  const from = [{ namespaceSelector: {}, podSelector: { matchLabels: operator } }];
  return [{ from, ports: tcp(ports.metrics) }];
}
