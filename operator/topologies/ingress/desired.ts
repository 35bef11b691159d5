/** The web address: an Ingress, an HTTPRoute of the Gateway API, both or none. */
import type { KubernetesObject, V1Ingress } from "@kubernetes/client-node";
import { ownedMetadata } from "../common/object.ts";
import type { Scope } from "../common/scope.ts";

export const HTTP_ROUTE_API = "gateway.networking.k8s.io/v1/HTTPRoute";

/** An hour without traffic: WebSockets stay open long, and ingress-nginx ends silent ones after a minute. Others ignore it. */
const annotations = {
  "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
  "nginx.ingress.kubernetes.io/proxy-send-timeout": "3600",
};

export function webAddress(scope: Scope): KubernetesObject[] {
  const { ingress, httpRoute } = scope.spec;
  return [
    ...(ingress.enabled ? [ingressObject(scope)] : []),
    ...(httpRoute.enabled && scope.observed.apis.has(HTTP_ROUTE_API) ? [httpRouteObject(scope)] : []),
  ];
}

/** What was asked for and cannot be had; undefined when all is well. */
export function webAddressGap(scope: Scope): string | undefined {
  if (!scope.spec.httpRoute.enabled || scope.observed.apis.has(HTTP_ROUTE_API)) return undefined;
  return "the HTTPRoute is not made, since this cluster has no Gateway API (gateway.networking.k8s.io/v1): install it, or use spec.ingress";
}

/** Where clients reach the chat: the public address if there is one, else the Service within the cluster. */
export function urlOf(scope: Scope): string {
  const { ingress, httpRoute } = scope.spec;
  if (ingress.enabled && ingress.host) return `${ingress.tls ? "https" : "http"}://${ingress.host}`;
  const [hostname] = httpRoute.hostnames;
  if (httpRoute.enabled && hostname) {
    const secure = httpRoute.parentRefs.some(
      ({ sectionName, port }) => port === 443 || /https|tls/i.test(String(sectionName ?? "")),
    );
    return `${secure ? "https" : "http"}://${hostname}`;
  }
  return `http://${scope.names.gateway}.${scope.namespace}.svc`;
}

function ingressObject(scope: Scope): V1Ingress {
  const { host, className, tls, annotations: given } = scope.spec.ingress;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: ownedMetadata(scope, scope.names.gateway, "gateway", {
      annotations: { ...annotations, ...given },
    }),
    spec: {
      ...(className !== undefined && { ingressClassName: className }),
      rules: [
        {
          ...(host !== undefined && { host }),
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: scope.names.gateway, port: { name: "http" } } },
              },
            ],
          },
        },
      ],
      ...(tls && { tls: [{ ...(host !== undefined && { hosts: [host] }), secretName: tls.secretName }] }),
    },
  };
}

function httpRouteObject(scope: Scope): KubernetesObject & { spec: object } {
  const { parentRefs, hostnames } = scope.spec.httpRoute;
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: ownedMetadata(scope, scope.names.gateway, "gateway"),
    spec: {
      parentRefs,
      ...(hostnames.length > 0 && { hostnames }),
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [{ name: scope.names.gateway, port: 80 }],
        },
      ],
    },
  };
}
