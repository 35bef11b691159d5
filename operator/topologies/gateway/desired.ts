/** The gateways: stateless pods that clients connect to. */
import type { KubernetesObject } from "@kubernetes/client-node";
import type { Program } from "../common/program.ts";
import type { Scope } from "../common/scope.ts";
import { serviceAccount } from "../common/service-account.ts";
import { gatewayAutoscaling } from "./autoscaling.ts";
import { gatewayDeployment } from "./deployment.ts";
import { gatewayDisruptionBudget, gatewayServices } from "./services.ts";

/** @param program undefined while there is nothing to run them with: no schema yet, or no secrets. */
export function gateway(scope: Scope, program: Program | undefined): KubernetesObject[] {
  return [
    serviceAccount(scope, scope.names.gateway, "gateway"),
    ...gatewayServices(scope),
    ...gatewayDisruptionBudget(scope),
    // A scaler without its Deployment would only complain.
    ...(program ? [gatewayDeployment(scope, program), ...gatewayAutoscaling(scope)] : []),
  ];
}
