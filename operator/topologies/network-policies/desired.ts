/** Who may speak with whom. Every pod is selected for both directions, so what is not named here is refused. */
import type { KubernetesObject } from "@kubernetes/client-node";
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
    ...(gatewayFrom.length > 0 && { from: [...gatewayFrom, testPods(scope)] }),
    ports: tcp(ports.http),
  };
  const stores = [...rulesTo(scope, postgres), ...rulesTo(scope, redis)];
  const policies = [
    policy(scope, names.gateway, "gateway", [clients, metrics], [dns, ...stores, ...providers(scope)]),
    policy(scope, names.worker, "worker", [metrics], [dns, ...stores, ...pushService(scope)]),
    policy(scope, names.migrate, "migrate", [], [dns, ...rulesTo(scope, postgres)]),
  ];
  if (postgres.some((destination) => "pods" in destination))
    policies.push(
      policy(scope, names.postgres, "postgres", [
        { from: components(scope, "gateway", "worker", "migrate"), ports: tcp(ports.postgres) },
      ]),
    );
  if (redis.some((destination) => "pods" in destination))
    policies.push(
      policy(scope, names.redis, "redis", [
        { from: components(scope, "gateway", "worker"), ports: tcp(ports.redis) },
      ]),
    );
  return policies;
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

function tcp(port: number): NonNullable<Rule["ports"]> {
  return [{ protocol: "TCP", port }];
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
