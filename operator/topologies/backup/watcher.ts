/** The pod that asks the repository and Postgres every 15 s how they are, and tells it in a ConfigMap. */
import type { KubernetesObject, V1Deployment } from "@kubernetes/client-node";
import type { BackupSpec } from "../../api/backup.ts";
import { fromField } from "../common/env.ts";
import { hashOf } from "../common/hash.ts";
import { CONFIG_HASH, labels, selectorLabels } from "../common/labels.ts";
import { ownedMetadata, plainOwner } from "../common/object.ts";
import { container, podTemplate } from "../common/pod.ts";
import type { Scope } from "../common/scope.ts";
import { ACCOUNT, accountToken, accountWithRole } from "../common/service-account.ts";
import { PROGRAM } from "./archive.ts";
import { backupNames } from "./names.ts";
import { anywhere, connection } from "./pod.ts";
import { OWN, repositoryFiles, repositoryMounts } from "./repository.ts";
import { repositorySecrets } from "./secrets.ts";

const COMPONENT = "backup";

export function watcher(scope: Scope, backup: BackupSpec): KubernetesObject[] {
  const { backup: name, state } = backupNames(scope);
  const account = accountWithRole(scope, name, COMPONENT, [
    // A creation cannot be narrowed to a name.
    { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [state], verbs: ["patch"] },
  ]);
  return [...account, deployment(scope, backup)];
}

function deployment(scope: Scope, backup: BackupSpec): V1Deployment {
  const { names, spec, images, namespace } = scope;
  const own = backupNames(scope);
  const repository = repositoryMounts(backup.repository, own.backup, OWN);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: ownedMetadata(scope, own.backup, COMPONENT),
    spec: {
      replicas: 1,
      revisionHistoryLimit: 3,
      strategy: { type: "Recreate" },
      selector: { matchLabels: selectorLabels(scope.name, COMPONENT) },
      template: podTemplate(scope, {
        component: COMPONENT,
        serviceAccountName: own.backup,
        terminationGracePeriodSeconds: 40,
        placement: anywhere(scope, backup),
        // Mounted files follow a Secret after a minute or two; a new pod does at once.
        annotations: {
          [CONFIG_HASH]: hashOf([
            repositoryFiles(scope)[own.backup],
            repositorySecrets(scope, backup.repository),
          ]),
        },
        volumes: [{ name: "account", projected: accountToken() }, ...repository.volumes],
        container: container({
          name: "watch",
          image: images.data,
          imagePullPolicy: spec.dataImage.pullPolicy,
          command: [PROGRAM, "watch"],
          env: [
            fromField("POD_NAMESPACE", "metadata.namespace"),
            { name: "NEXUS_STATE", value: own.state },
            { name: "NEXUS_LABELS", value: JSON.stringify(labels(scope.name, COMPONENT)) },
            // No controller: the operator leaves it alone, and it goes with the ChatCluster.
            { name: "NEXUS_OWNER", value: JSON.stringify(plainOwner(scope)) },
            ...connection(scope, `${names.postgresWrite}.${namespace}.svc`),
          ],
          resources: { requests: { cpu: "10m", memory: "48Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
          volumeMounts: [{ name: "account", mountPath: ACCOUNT, readOnly: true }, ...repository.mounts],
        }),
      }),
    },
  };
}
