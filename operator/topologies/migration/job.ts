/** The Job that brings the database's schema to an image's version, before anything runs that image. */
import type { V1Job } from "@kubernetes/client-node";
import { fromSecret } from "../common/env.ts";
import { hashOf } from "../common/hash.ts";
import { CONFIG_HASH } from "../common/labels.ts";
import { ownedMetadata } from "../common/object.ts";
import { container, podTemplate } from "../common/pod.ts";
import { resourcesOf } from "../common/resources.ts";
import type { Scope } from "../common/scope.ts";
import type { SecretKey } from "../common/secret.ts";

/** The uid of the failed Job that this one repeats. The API refuses to change it, so the operator makes the Job anew. */
export const RETRY_OF = "nexus.chat/retry-of";

const defaults = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "1", memory: "512Mi" },
};

export function migrationJobName(scope: Scope): string {
  return `${scope.names.migrate}-${hashOf(scope.images.nexus, 10)}`;
}

/**
 * @param configHash of what the Job connects with: another database is migrated anew.
 * @param retryOf the failed Job to repeat.
 */
export function migrationJob(
  scope: Scope,
  job: { databaseUrl: SecretKey; configHash: string; retryOf?: string | undefined },
): V1Job {
  const { nodeSelector, tolerations } = scope.spec.worker;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: ownedMetadata(scope, migrationJobName(scope), "migrate"),
    spec: {
      // The operator tries again, since it knows when a Secret has changed; the pod stays until then, with its log.
      backoffLimit: 0,
      template: podTemplate(scope, {
        component: "migrate",
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 30,
        placement: { nodeSelector, tolerations },
        annotations: { [CONFIG_HASH]: job.configHash, ...(job.retryOf && { [RETRY_OF]: job.retryOf }) },
        container: container({
          name: "migrate",
          image: scope.images.nexus,
          imagePullPolicy: scope.spec.image.pullPolicy,
          command: ["node", "src/store/main.ts"],
          env: [fromSecret("DATABASE_URL", job.databaseUrl)],
          resources: resourcesOf(undefined, defaults),
        }),
      }),
    },
  };
}
