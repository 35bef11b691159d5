import { type Health, healthy, unhealthy, waiting } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { canaryWanted } from "./desired.ts";

const runbook = "https://github.com/nexus-chat/nexus/blob/main/docs/runbooks/canary-failing.md";

/** Whether messages arrive, as the canary sees it. It takes nothing from Ready: the parts' own conditions say why. */
export function canaryStatus({ spec, observed, namespace, names }: Scope): Health {
  if (!canaryWanted(spec))
    return unhealthy({
      reason: "NotConfigured",
      message:
        "nobody tries whether messages arrive: spec.config.CANARY_INTERVAL: 5000 lets two synthetic users write to each other every 5 s",
      progress: true,
    });
  switch (observed.canary) {
    case "arrive":
      return healthy("Arriving", "The last messages of the synthetic users arrived through two gateways");
    case "fail":
      return unhealthy({
        reason: "Failing",
        message: `The last message of the synthetic users was not sent, or did not arrive live. Why: kubectl -n ${namespace} logs deployment/${names.worker} | grep canary. What to do: ${runbook}`,
      });
    case "unreadable":
      return unhealthy({
        reason: "Unreadable",
        message: `No worker tells what its canary sees: the operator reads the metrics of their pods (port 9464). Do they run (kubectl -n ${namespace} get pods), and may the operator reach them (NetworkPolicies)?`,
      });
    default:
      return waiting("Looking", "The workers are being asked what their canary sees");
  }
}
