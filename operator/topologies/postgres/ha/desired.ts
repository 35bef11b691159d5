/**
 * Several Postgres under Patroni: one primary, and replicas that copy it. Patroni decides who is the primary, by a lease
 * in the Kubernetes API; the operator builds, replaces pods in a good order and tells.
 */
import type { KubernetesObject, V1ConfigMap } from "@kubernetes/client-node";
import { disruptionBudget } from "../../common/disruption-budget.ts";
import { ports } from "../../common/names.ts";
import { ownedMetadata } from "../../common/object.ts";
import { generatedSecret, secretMetadata } from "../../common/own-secret.ts";
import type { Scope } from "../../common/scope.ts";
import { peekSecret } from "../../common/secret.ts";
import type { StoreDesired } from "../../common/store.ts";
import { postgresService } from "../service.ts";
import { postgresSecret } from "../standalone/desired.ts";
import { grownVolume } from "../standalone/volume.ts";
import { patroniAccount } from "./account.ts";
import { patroniConfig, ROLE_LABEL, SCOPE_LABEL } from "./config.ts";
import { nextToRestart } from "./rolling.ts";
import { memberSet } from "./servers.ts";
import { switchover } from "./switchover.ts";

const COMPONENT = "postgres";

export function postgresHa(scope: Scope): StoreDesired {
  const { names, observed } = scope;
  const around = {
    url: { name: names.postgres, key: "url" },
    // Not before it is there: gateways would be rolled for its name, and again for its value.
    ...(observed.secrets.has(names.postgresHa) && {
      readUrl: { name: names.postgresHa, key: "read-url" },
    }),
    destinations: [{ pods: "postgres" as const, port: ports.postgres }],
  };
  const labelsOf = (role: "primary" | "replica") => ({ [SCOPE_LABEL]: names.postgres, [ROLE_LABEL]: role });
  const services = [
    postgresService(scope, names.postgres, { clusterIP: "None", publishNotReadyAddresses: true }),
    postgresService(scope, names.postgresWrite, { type: "ClusterIP" }, labelsOf("primary")),
    postgresService(scope, names.postgresRead, { type: "ClusterIP" }, labelsOf("replica")),
  ];
  const own = observed.secrets.has(names.postgres);
  if (!own || !observed.secrets.has(names.postgresHa))
    return { objects: services, generated: own ? [haSecret(scope)] : [postgresSecret(scope)], ...around };
  const ordinals = Array.from({ length: scope.spec.postgres.replicas }, (_, ordinal) => ordinal);
  const pods = ordinals.map((ordinal) => `${names.postgres}-${ordinal}`);
  const objects: KubernetesObject[] = [
    ...secretMetadata(scope, names.postgres, COMPONENT),
    ...secretMetadata(scope, names.postgresHa, COMPONENT),
    configMap(scope),
    ...patroniAccount(scope, pods),
    ...services,
    // With two gone, nothing would be left to take over.
    disruptionBudget(scope, names.postgres, COMPONENT),
    ...ordinals.flatMap((ordinal) => grownVolume(scope, ordinal)),
    memberSet(scope),
    ...switchover(scope),
  ];
  return { objects, generated: [], ...around, restart: nextToRestart(scope) };
}

/** What only several need: passwords among themselves, and where to read. */
function haSecret(scope: Scope) {
  const password = encodeURIComponent(
    peekSecret(scope, { name: scope.names.postgres, key: "password" }) ?? "",
  );
  const host = `${scope.names.postgresRead}.${scope.namespace}.svc`;
  return generatedSecret(scope, scope.names.postgresHa, COMPONENT, {
    "replication-password": scope.context.random(32),
    "rest-password": scope.context.random(32),
    "read-url": `postgres://nexus:${password}@${host}:${ports.postgres}/nexus`,
  });
}

function configMap(scope: Scope): V1ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: ownedMetadata(scope, scope.names.postgres, COMPONENT),
    data: { "patroni.json": patroniConfig(scope, scope.spec.postgres.storage.size) },
  };
}
