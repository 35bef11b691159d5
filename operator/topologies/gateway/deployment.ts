import type { V1Deployment } from "@kubernetes/client-node";
import { gatewayReplicas } from "../../api/gateway.ts";
import { fromField } from "../common/env.ts";
import { CONFIG_HASH, selectorLabels } from "../common/labels.ts";
import { ports } from "../common/names.ts";
import { ownedMetadata } from "../common/object.ts";
import { podTemplate } from "../common/pod.ts";
import { environmentOf, httpProbe, nodeCommand, type Program, programContainer } from "../common/program.ts";
import { memoryLimitMiB, resourcesOf } from "../common/resources.ts";
import type { Scope } from "../common/scope.ts";
import { heldReplicas } from "./held-replicas.ts";

// 32 KB for each connection: 10,000 take 320 MB besides the program's own 150 MB.
const defaults = {
  requests: { cpu: "250m", memory: "256Mi" },
  limits: { cpu: "2", memory: "1Gi" },
};

export function gatewayDeployment(scope: Scope, program: Program): V1Deployment {
  const { names, spec } = scope;
  const replicas = gatewayReplicas(spec.gateway) ?? heldReplicas(scope);
  const resources = resourcesOf(spec.gateway.resources, defaults);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: ownedMetadata(scope, names.gateway, "gateway"),
    spec: {
      ...(replicas !== undefined && { replicas }),
      revisionHistoryLimit: 3,
      // A gateway goes only when its successor is ready.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
      selector: { matchLabels: selectorLabels(scope.name, "gateway") },
      template: podTemplate(scope, {
        component: "gateway",
        serviceAccountName: names.gateway,
        terminationGracePeriodSeconds: spec.gateway.terminationGracePeriodSeconds,
        placement: spec.gateway,
        annotations: { [CONFIG_HASH]: program.configHash },
        spread: true,
        container: programContainer(scope, {
          program,
          name: "gateway",
          command: nodeCommand(spec.gateway, memoryLimitMiB(resources), "src/gateway/main.ts"),
          env: environmentOf(spec.gateway, program, [fromField("GATEWAY_ID", "metadata.name")]),
          ports: [
            { name: "http", containerPort: ports.http, protocol: "TCP" },
            { name: "metrics", containerPort: ports.metrics, protocol: "TCP" },
          ],
          resources,
          // Postgres gets 2 s to answer it.
          readinessProbe: httpProbe("/readyz", "http", {
            periodSeconds: 2,
            timeoutSeconds: 3,
            failureThreshold: 2,
          }),
        }),
      }),
    },
  };
}
