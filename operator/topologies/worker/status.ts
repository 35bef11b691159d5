import type { Scope } from "../common/scope.ts";
import { type WorkloadState, workloadState } from "../common/workload.ts";

export function workerStatus(scope: Scope): WorkloadState {
  return workloadState(scope, {
    kind: "Deployment",
    name: scope.names.worker,
    component: "worker",
    noun: ["worker", "workers"],
    hints: {
      imageField: "spec.image",
      podsField: "spec.worker",
      notReady: "a worker is ready once Postgres answers it",
    },
  });
}
