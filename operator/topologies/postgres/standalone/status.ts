import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { findOwned } from "../../common/observed.ts";
import { awaitedSecret, ownStoreProblem } from "../../common/own-secret.ts";
import { lastEvent } from "../../common/pod-problem.ts";
import { type Health, oneLine, unhealthy } from "../../common/problem.ts";
import type { Scope } from "../../common/scope.ts";
import type { StoreStatus } from "../../common/store.ts";
import { workloadState } from "../../common/workload.ts";
import { postgresExample, postgresProtocols } from "../external/desired.ts";
import { claimName } from "./volume.ts";

export function postgresStandaloneStatus(scope: Scope): StoreStatus {
  const name = scope.names.postgres;
  const awaited = awaitedSecret(scope, name);
  if (awaited) return awaited;
  const wrong = ownStoreProblem(scope, name, postgresProtocols, postgresExample);
  if (wrong) return { health: unhealthy(wrong), usable: false };
  const { health, counts, lookAgain } = workloadState(scope, {
    kind: "StatefulSet",
    name,
    component: "postgres",
    noun: ["Postgres pod", "Postgres pods"],
    hints: { imageField: "spec.dataImage", podsField: "spec.postgres" },
  });
  const better = health.status === "True" ? health : (volumeHealth(scope) ?? health);
  return { health: better, usable: counts.ready > 0, ...(lookAgain !== undefined && { lookAgain }) };
}

const provisioning = new Set(["ProvisioningFailed", "FailedBinding", "VolumeResizeFailed"]);

/** What is wrong with the volume; undefined when it is bound. A volume is often made only when its pod has a node. */
export function volumeHealth(scope: Scope, ordinal = 0): Health | undefined {
  const name = claimName(scope, ordinal);
  const claim = findOwned<V1PersistentVolumeClaim>(scope.observed, "PersistentVolumeClaim", name);
  if (claim?.status?.phase === "Lost")
    return unhealthy({
      reason: "VolumePending",
      message: `The volume of ${name} is lost: restore it from a backup, or delete the claim to begin with an empty database`,
    });
  if (claim?.status?.phase !== "Pending") return undefined;
  const event = lastEvent(scope.observed, name, provisioning);
  const { storageClassName } = scope.spec.postgres.storage;
  const wanted = storageClassName ? `the StorageClass "${storageClassName}"` : "the default StorageClass";
  if (!event) return undefined;
  return unhealthy({
    reason: "VolumePending",
    message:
      `The volume ${name} is not there: ${oneLine(event.message, 300)}. See that ${wanted} exists and has room ` +
      "(kubectl get storageclass); a wrong one can only be changed in a new ChatCluster",
  });
}
