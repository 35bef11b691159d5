import type { V1Service } from "@kubernetes/client-node";
import { selectorLabels } from "../common/labels.ts";
import { ports } from "../common/names.ts";
import { ownedMetadata } from "../common/object.ts";
import type { Scope } from "../common/scope.ts";

/** A Service of Postgres' port. @param role further labels of the pods that it leads to. */
export function postgresService(
  scope: Scope,
  name: string,
  spec: V1Service["spec"],
  role: Readonly<Record<string, string>> = {},
): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: ownedMetadata(scope, name, "postgres"),
    spec: {
      ...spec,
      selector: { ...selectorLabels(scope.name, "postgres"), ...role },
      ports: [{ name: "postgres", port: ports.postgres, targetPort: "postgres", protocol: "TCP" }],
    },
  };
}
