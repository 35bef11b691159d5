import type { V1StatefulSet } from "@kubernetes/client-node";
import { fromField, fromSecret } from "../../common/env.ts";
import { hashOf } from "../../common/hash.ts";
import { CONFIG_HASH, selectorLabels } from "../../common/labels.ts";
import { ports } from "../../common/names.ts";
import { ownedMetadata } from "../../common/object.ts";
import { container, podTemplate } from "../../common/pod.ts";
import { resourcesOf } from "../../common/resources.ts";
import type { Scope } from "../../common/scope.ts";
import { peekSecret } from "../../common/secret.ts";
import { ownHost, redisHosts, SENTINEL_NAME, sentinelHosts } from "../hosts.ts";

const defaults = {
  requests: { cpu: "20m", memory: "32Mi" },
  limits: { cpu: "500m", memory: "64Mi" },
};
/** ms without an answer after which a primary counts as lost. */
const DOWN_AFTER = 5000;

/** Without volumes: what a new pod must know, the others tell it. */
export function sentinelSet(scope: Scope): V1StatefulSet {
  const { names, spec } = scope;
  const command = (word: string) => ({ exec: { command: ["/usr/local/bin/nexus-sentinel", word] } });
  const { nodeSelector, tolerations, affinity } = spec.redis;
  const password = peekSecret(scope, { name: names.redis, key: "password" }) ?? "";
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: ownedMetadata(scope, names.sentinel, "sentinel"),
    spec: {
      replicas: spec.redis.sentinels.replicas,
      serviceName: names.sentinel,
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate" },
      // So that the others have found it before the next one goes.
      minReadySeconds: 5,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorLabels(scope.name, "sentinel") },
      template: podTemplate(scope, {
        component: "sentinel",
        terminationGracePeriodSeconds: 10,
        placement: { nodeSelector, tolerations, affinity },
        annotations: { [CONFIG_HASH]: hashOf([password]) },
        spread: true,
        container: container({
          name: "sentinel",
          image: scope.images.data,
          imagePullPolicy: spec.dataImage.pullPolicy,
          command: ["/usr/local/bin/nexus-sentinel"],
          env: [
            fromField("POD_NAME", "metadata.name"),
            { name: "POD_HOST", value: ownHost(scope, names.sentinel) },
            { name: "REDIS_HOSTS", value: redisHosts(scope).join(" ") },
            { name: "REDIS_SENTINELS", value: sentinelHosts(scope).join(" ") },
            { name: "REDIS_SENTINEL_NAME", value: SENTINEL_NAME },
            { name: "SENTINEL_DOWN_AFTER", value: String(DOWN_AFTER) },
            fromSecret("REDIS_PASSWORD", { name: names.redis, key: "password" }),
          ],
          ports: [{ name: "sentinel", containerPort: ports.sentinel, protocol: "TCP" }],
          resources: resourcesOf(spec.redis.sentinels.resources, defaults),
          startupProbe: { ...command("ping"), timeoutSeconds: 5, periodSeconds: 1, failureThreshold: 120 },
          readinessProbe: { ...command("ready"), timeoutSeconds: 5, periodSeconds: 10, failureThreshold: 3 },
          livenessProbe: {
            tcpSocket: { port: "sentinel" },
            timeoutSeconds: 5,
            periodSeconds: 20,
            failureThreshold: 3,
          },
        }),
      }),
    },
  };
}
