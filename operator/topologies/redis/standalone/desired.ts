/**
 * One Valkey pod. Redis is transport here: it wakes, counts and caches, so nothing is kept on disk, and a restarted
 * one begins empty.
 */
import type { V1ConfigMap, V1Service, V1StatefulSet } from "@kubernetes/client-node";
import { fromSecret } from "../../common/env.ts";
import { hashOf } from "../../common/hash.ts";
import { CONFIG_HASH, selectorLabels } from "../../common/labels.ts";
import { ports } from "../../common/names.ts";
import { ownedMetadata } from "../../common/object.ts";
import { generatedSecret, secretMetadata } from "../../common/own-secret.ts";
import { container, podTemplate } from "../../common/pod.ts";
import { memoryLimitMiB, resourcesOf } from "../../common/resources.ts";
import type { Scope } from "../../common/scope.ts";
import { peekSecret } from "../../common/secret.ts";
import type { StoreDesired } from "../../common/store.ts";

const COMPONENT = "redis";
export const redisDefaults = {
  requests: { cpu: "100m", memory: "128Mi" },
  limits: { cpu: "1", memory: "512Mi" },
};

export function redisStandalone(scope: Scope): StoreDesired {
  const name = scope.names.redis;
  const url = { name, key: "url" };
  const destinations = [{ pods: COMPONENT, port: ports.redis }] as const;
  const network = service(scope);
  if (!scope.observed.secrets.has(name))
    return { objects: [network], generated: [redisSecret(scope)], url, destinations: [...destinations] };
  const config = redisConfig(scope);
  return {
    objects: [...secretMetadata(scope, name, COMPONENT), config, network, statefulSet(scope, config)],
    generated: [],
    url,
    destinations: [...destinations],
  };
}

/** The Secret of a Redis of our own: `password`, and `url` for topology standalone. */
export function redisSecret(scope: Scope) {
  const password = scope.context.random(32);
  const host = `${scope.names.redis}.${scope.namespace}.svc`;
  const url = `redis://:${password}@${host}:${ports.redis}`;
  return generatedSecret(scope, scope.names.redis, COMPONENT, { password, url });
}

/** valkey.conf, with `more` lines. */
export function redisConfig(scope: Scope, more: readonly string[] = []): V1ConfigMap {
  // The rest of the limit is for buffers of connections and for Valkey itself.
  const maxmemory = Math.floor(memoryLimitMiB(resourcesOf(scope.spec.redis.resources, redisDefaults)) * 0.75);
  const lines = [
    'save ""',
    "appendonly no",
    `maxmemory ${maxmemory}mb`,
    // Evicting would take presence leases and rate limits away in silence; a refused write is counted.
    "maxmemory-policy noeviction",
    "tcp-keepalive 60",
    "timeout 0",
    ...more,
  ];
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: ownedMetadata(scope, scope.names.redis, COMPONENT),
    data: { "valkey.conf": `${lines.join("\n")}\n` },
  };
}

function service(scope: Scope): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: ownedMetadata(scope, scope.names.redis, COMPONENT),
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(scope.name, COMPONENT),
      ports: [{ name: "redis", port: ports.redis, targetPort: "redis", protocol: "TCP" }],
    },
  };
}

function statefulSet(scope: Scope, config: V1ConfigMap): V1StatefulSet {
  const { names, spec } = scope;
  const ping = { exec: { command: ["/usr/local/bin/nexus-valkey", "ping"] }, timeoutSeconds: 5 };
  const password = peekSecret(scope, { name: names.redis, key: "password" }) ?? "";
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: ownedMetadata(scope, names.redis, COMPONENT),
    spec: {
      replicas: 1,
      // Only the other topologies have it, but it cannot be changed when one becomes another.
      serviceName: names.redisPods,
      // Else a pod that never became ready would not be replaced by one with a mended template.
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate" },
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(scope.name, COMPONENT) },
      template: podTemplate(scope, {
        component: COMPONENT,
        terminationGracePeriodSeconds: 10,
        placement: spec.redis,
        annotations: { [CONFIG_HASH]: hashOf([config.data, password]) },
        volumes: [{ name: "config", configMap: { name: names.redis } }],
        container: container({
          name: "redis",
          image: scope.images.data,
          imagePullPolicy: spec.dataImage.pullPolicy,
          command: ["/usr/local/bin/nexus-valkey"],
          env: [fromSecret("REDIS_PASSWORD", { name: names.redis, key: "password" })],
          ports: [{ name: "redis", containerPort: ports.redis, protocol: "TCP" }],
          resources: resourcesOf(spec.redis.resources, redisDefaults),
          startupProbe: { ...ping, periodSeconds: 1, failureThreshold: 60 },
          readinessProbe: { ...ping, periodSeconds: 5, failureThreshold: 2 },
          livenessProbe: { ...ping, periodSeconds: 20, failureThreshold: 3 },
          volumeMounts: [{ name: "config", mountPath: "/etc/nexus", readOnly: true }],
        }),
      }),
    },
  };
}
