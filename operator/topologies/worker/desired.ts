/** The workers: jobs such as retention and the presence of dead gateways. */
import type { KubernetesObject, V1Deployment } from "@kubernetes/client-node";
import { canaryVariables } from "../canary/desired.ts";
import { CONFIG_HASH, selectorLabels } from "../common/labels.ts";
import { ports } from "../common/names.ts";
import { ownedMetadata } from "../common/object.ts";
import { podTemplate } from "../common/pod.ts";
import { environmentOf, httpProbe, nodeCommand, type Program, programContainer } from "../common/program.ts";
import { memoryLimitMiB, resourcesOf } from "../common/resources.ts";
import type { Scope } from "../common/scope.ts";
import { serviceAccount } from "../common/service-account.ts";
import { pushMounts, pushVariables, pushVolumes } from "../push/mount.ts";

const defaults = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "1", memory: "512Mi" },
};

/** @param program undefined while there is nothing to run them with: no schema yet, or no secrets. */
export function worker(scope: Scope, program: Program | undefined): KubernetesObject[] {
  return [
    serviceAccount(scope, scope.names.worker, "worker"),
    ...(program ? [deployment(scope, program)] : []),
  ];
}

function deployment(scope: Scope, program: Program): V1Deployment {
  const { names, spec } = scope;
  const resources = resourcesOf(spec.worker.resources, defaults);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: ownedMetadata(scope, names.worker, "worker"),
    spec: {
      replicas: spec.worker.replicas,
      revisionHistoryLimit: 3,
      // Two workers share the jobs, so the new one may begin before the old one has ended.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: selectorLabels(scope.name, "worker") },
      template: podTemplate(scope, {
        component: "worker",
        serviceAccountName: names.worker,
        terminationGracePeriodSeconds: spec.worker.terminationGracePeriodSeconds,
        placement: spec.worker,
        annotations: { [CONFIG_HASH]: program.configHash },
        spread: true,
        volumes: pushVolumes(scope),
        container: programContainer(scope, {
          program,
          name: "worker",
          command: nodeCommand(spec.worker, memoryLimitMiB(resources), "src/worker/main.ts"),
          env: environmentOf(spec.worker, program, [...pushVariables(scope), ...canaryVariables(scope)]),
          ports: [{ name: "metrics", containerPort: ports.metrics, protocol: "TCP" }],
          resources,
          volumeMounts: pushMounts(scope),
          readinessProbe: httpProbe("/readyz", "metrics", {
            periodSeconds: 5,
            timeoutSeconds: 3,
            failureThreshold: 2,
          }),
        }),
      }),
    },
  };
}
