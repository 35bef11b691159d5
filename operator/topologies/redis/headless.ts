import type { V1Service } from "@kubernetes/client-node";
import { type Component, selectorLabels } from "../common/labels.ts";
import { ownedMetadata } from "../common/object.ts";
import type { Scope } from "../common/scope.ts";

/** Names pods that are not ready as well: who begins must be found by those that are to make it ready. */
export function headless(scope: Scope, name: string, component: Component, port: number): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: ownedMetadata(scope, name, component),
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(scope.name, component),
      ports: [{ name: component, port, targetPort: component, protocol: "TCP" }],
    },
  };
}
