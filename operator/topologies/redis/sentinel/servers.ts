import type { V1ConfigMap, V1EnvVar, V1StatefulSet } from "@kubernetes/client-node";
import { fromField, fromSecret } from "../../common/env.ts";
import { hashOf } from "../../common/hash.ts";
import { CONFIG_HASH, selectorLabels } from "../../common/labels.ts";
import { ports } from "../../common/names.ts";
import { ownedMetadata } from "../../common/object.ts";
import { container, podTemplate } from "../../common/pod.ts";
import { resourcesOf } from "../../common/resources.ts";
import type { Scope } from "../../common/scope.ts";
import { peekSecret } from "../../common/secret.ts";
import { ownHost, redisPods } from "../hosts.ts";
import { redisConfig, redisDefaults } from "../standalone/desired.ts";

/**
 * Seconds after which a copy that says nothing counts as lost to the primary. Shorter than the sentinels' patience: a
 * primary that was cut off refuses writes before there is another one.
 */
const COPY_LOST = 3;

/** Lines of valkey.conf for a primary with replicas. */
const copying = [
  "repl-diskless-sync yes",
  "repl-diskless-sync-delay 0",
  "repl-ping-replica-period 1",
  "repl-timeout 10",
  "repl-backlog-size 16mb",
  "shutdown-timeout 2",
];

/** With `more` lines of the topology's own. */
export function serverConfig(scope: Scope, more: readonly string[] = fenced(scope)): V1ConfigMap {
  return redisConfig(scope, [...copying, ...more]);
}

/** With a single copy, its loss would stop all writes. */
function fenced(scope: Scope): string[] {
  const copies = redisPods(scope) - 1;
  return copies >= 2 ? ["min-replicas-to-write 1", `min-replicas-max-lag ${COPY_LOST}`] : [];
}

/** @param env what the topology tells the pods. */
export function serverSet(scope: Scope, config: V1ConfigMap, env: readonly V1EnvVar[]): V1StatefulSet {
  const { names, spec } = scope;
  const command = (...words: string[]) => ({ command: ["/usr/local/bin/nexus-valkey", ...words] });
  const ping = { exec: command("ping"), timeoutSeconds: 5 };
  const password = peekSecret(scope, { name: names.redis, key: "password" }) ?? "";
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: ownedMetadata(scope, names.redis, "redis"),
    spec: {
      replicas: redisPods(scope),
      serviceName: names.redisPods,
      podManagementPolicy: "Parallel",
      // One at a time, and the next when it has its data; the primary hands over before it stops.
      updateStrategy: { type: "RollingUpdate" },
      minReadySeconds: 2,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(scope.name, "redis") },
      template: podTemplate(scope, {
        component: "redis",
        terminationGracePeriodSeconds: 20,
        placement: spec.redis,
        annotations: { [CONFIG_HASH]: hashOf([config.data, password]) },
        spread: true,
        volumes: [{ name: "config", configMap: { name: names.redis } }],
        container: container({
          name: "redis",
          image: scope.images.data,
          imagePullPolicy: spec.dataImage.pullPolicy,
          command: ["/usr/local/bin/nexus-valkey"],
          env: [
            fromField("POD_NAME", "metadata.name"),
            { name: "POD_HOST", value: ownHost(scope, names.redisPods) },
            ...env,
            fromSecret("REDIS_PASSWORD", { name: names.redis, key: "password" }),
          ],
          ports: [{ name: "redis", containerPort: ports.redis, protocol: "TCP" }],
          resources: resourcesOf(spec.redis.resources, redisDefaults),
          lifecycle: { preStop: { exec: command("handover") } },
          // It may have to wait for sentinels, and nothing is gained by beginning anew meanwhile.
          startupProbe: { ...ping, periodSeconds: 1, failureThreshold: 600 },
          readinessProbe: {
            exec: command("ready"),
            timeoutSeconds: 5,
            periodSeconds: 5,
            failureThreshold: 2,
          },
          livenessProbe: { ...ping, periodSeconds: 20, failureThreshold: 3 },
          volumeMounts: [{ name: "config", mountPath: "/etc/nexus", readOnly: true }],
        }),
      }),
    },
  };
}
