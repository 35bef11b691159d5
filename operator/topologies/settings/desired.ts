/** The settings of gateways and workers that are no secrets, as one ConfigMap. */
import type { V1ConfigMap } from "@kubernetes/client-node";
import { ports } from "../common/names.ts";
import { ownedMetadata } from "../common/object.ts";
import type { Scope } from "../common/scope.ts";

/** Until every load balancer has heard that a gateway is going, in ms. */
const DRAIN_DELAY = 5000;

/** Name → value, as in the environment. The operator's own stand above the person's. */
export function settingsOf(scope: Scope): Record<string, string> {
  const { spec } = scope;
  const given = Object.entries(spec.config).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const behindProxy = spec.ingress.enabled || spec.httpRoute.enabled;
  const { jwks, localAccounts } = spec.auth;
  const grace = spec.gateway.terminationGracePeriodSeconds * 1000;
  return {
    DRAIN_DELAY: String(Math.min(DRAIN_DELAY, grace / 4)),
    // What comes through an Ingress has the client's address in X-Forwarded-For only.
    ...(behindProxy && { TRUST_PROXY: "true" }),
    ...Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    PORT: String(ports.http),
    METRICS_PORT: String(ports.metrics),
    WS_MAX_CONNECTIONS: String(spec.gateway.maxConnections),
    LOCAL_ACCOUNTS: String(localAccounts),
    ...(jwks && { JWT_JWKS_URL: jwks.url, JWT_ISSUER: jwks.issuer, JWT_AUDIENCE: jwks.audience }),
  };
}

export function settingsConfigMap(scope: Scope): V1ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: ownedMetadata(scope, scope.names.settings, "settings"),
    data: settingsOf(scope),
  };
}
