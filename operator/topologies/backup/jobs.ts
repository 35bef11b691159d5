/** Jobs that take backups, and the drill: CronJobs, and one Job for the very first backup. */
import type {
  KubernetesObject,
  V1CronJob,
  V1Job,
  V1JobTemplateSpec,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";
import type { BackupSpec } from "../../api/backup.ts";
import { labels } from "../common/labels.ts";
import { ownedMetadata } from "../common/object.ts";
import { findOwned, timeOf } from "../common/observed.ts";
import { container, podTemplate } from "../common/pod.ts";
import { canonicalQuantity } from "../common/quantity.ts";
import type { Scope } from "../common/scope.ts";
import { PROGRAM } from "./archive.ts";
import { backupNames } from "./names.ts";
import { anywhere, besidePostgres, connection, jobResources } from "./pod.ts";
import { OWN, repositoryMounts } from "./repository.ts";

/** `backup` or `drill`: which kind of Job a pod is of. */
export const JOB_LABEL = "nexus.chat/job";
const COMPONENT = "backup-job";
const DATA = "/var/lib/postgresql/data";
const SCRATCH = "/var/lib/nexus-drill";
/** Seconds that a Job may take at most. */
const LONGEST = 86_400;
/** ms after which a first backup that failed for good is begun anew. */
const FIRST_AGAIN = 300_000;

/** @param primary the pod of Postgres that takes writes, whose volume is read. */
export function cronJobs(scope: Scope, backup: BackupSpec, primary: string): V1CronJob[] {
  const names = backupNames(scope);
  const { full, differential, incremental } = backup.schedule;
  const at = (name: string, schedule: string | undefined, kind: string) =>
    schedule === undefined
      ? []
      : [cronJob(scope, name, schedule, job(backupPod(scope, backup, primary, kind), "backup"))];
  const drill = backup.restoreDrill;
  return [
    ...at(names.full, full, "full"),
    ...at(names.differential, differential, "diff"),
    ...at(names.incremental, incremental, "incr"),
    ...(drill.enabled
      ? [cronJob(scope, names.drill, drill.schedule, job(drillPod(scope, backup), "drill"))]
      : []),
  ];
}

/** The first backup, until there is one: nothing can be restored before it. */
export function firstBackup(scope: Scope, backup: BackupSpec, primary: string): KubernetesObject[] {
  const { first } = backupNames(scope);
  const live = findOwned<V1Job>(scope.observed, "Job", first);
  if (live?.metadata?.deletionTimestamp !== undefined) return [];
  // Left out it is deleted, and made anew at the next look.
  if ((firstAgain(scope) ?? 1) <= 0) return [];
  const { spec, metadata } = job(backupPod(scope, backup, primary, "full"), "backup");
  const owned = ownedMetadata(scope, first, COMPONENT, { labels: metadata?.labels });
  return [{ apiVersion: "batch/v1", kind: "Job", metadata: owned, spec } as V1Job];
}

/** ms until a first backup that failed is begun anew; undefined: it has not failed. */
export function firstAgain(scope: Scope): number | undefined {
  const live = findOwned<V1Job>(scope.observed, "Job", backupNames(scope).first);
  const failed = live?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
  return failed && timeOf(failed.lastTransitionTime) + FIRST_AGAIN - scope.context.now.getTime();
}

function cronJob(scope: Scope, name: string, schedule: string, jobTemplate: V1JobTemplateSpec): V1CronJob {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: ownedMetadata(scope, name, COMPONENT),
    spec: {
      schedule,
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        ...jobTemplate,
        metadata: { labels: { ...labels(scope.name, COMPONENT), ...jobTemplate.metadata?.labels } },
      },
    },
  };
}

function job(template: V1PodTemplateSpec, kind: "backup" | "drill"): V1JobTemplateSpec {
  const mark = { [JOB_LABEL]: kind };
  const marked = {
    ...template,
    metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...mark } },
  };
  // A drill that fails is news, not to be tried until it succeeds.
  return {
    metadata: { labels: mark },
    spec: { backoffLimit: kind === "drill" ? 0 : 2, activeDeadlineSeconds: LONGEST, template: marked },
  };
}

function backupPod(scope: Scope, backup: BackupSpec, primary: string, kind: string): V1PodTemplateSpec {
  const { names, spec, images, namespace } = scope;
  const repository = repositoryMounts(backup.repository, backupNames(scope).backup, OWN);
  const host = `${primary}.${names.postgres}.${namespace}.svc`;
  return podTemplate(scope, {
    component: COMPONENT,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 30,
    placement: besidePostgres(scope, primary),
    volumes: [
      // Mounted to be read. Not so claimed: some drivers attach a volume in one way only.
      { name: "data", persistentVolumeClaim: { claimName: `data-${primary}` } },
      ...repository.volumes,
    ],
    container: container({
      name: "backup",
      image: images.data,
      imagePullPolicy: spec.dataImage.pullPolicy,
      command: [PROGRAM, "backup", kind],
      env: [
        { name: "PGDATA", value: `${DATA}/pgdata` },
        { name: "PGBACKREST_PG1_SOCKET_PATH", value: host },
        ...connection(scope, host),
      ],
      resources: jobResources(backup),
      volumeMounts: [{ name: "data", mountPath: DATA, readOnly: true }, ...repository.mounts],
    }),
  });
}

function drillPod(scope: Scope, backup: BackupSpec): V1PodTemplateSpec {
  const { names, spec, images, namespace } = scope;
  const repository = repositoryMounts(backup.repository, backupNames(scope).backup, OWN);
  const { storage, maxLossSeconds } = backup.restoreDrill;
  const storageClassName = storage.storageClassName ?? spec.postgres.storage.storageClassName;
  const claim = {
    metadata: { labels: labels(scope.name, COMPONENT) },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: canonicalQuantity(storage.size ?? spec.postgres.storage.size) } },
      ...(storageClassName !== undefined && { storageClassName }),
    },
  };
  // A replica tells as much as the primary, and has more time.
  const hosts = [...(spec.postgres.topology === "ha" ? [names.postgresRead] : []), names.postgresWrite];
  return podTemplate(scope, {
    component: COMPONENT,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 60,
    placement: anywhere(scope, backup),
    volumes: [{ name: "scratch", ephemeral: { volumeClaimTemplate: claim } }, ...repository.volumes],
    container: container({
      name: "drill",
      image: images.data,
      imagePullPolicy: spec.dataImage.pullPolicy,
      command: [PROGRAM, "drill"],
      env: [
        { name: "SCRATCH", value: SCRATCH },
        { name: "MAX_LOSS_SECONDS", value: String(maxLossSeconds) },
        ...connection(scope, hosts.map((host) => `${host}.${namespace}.svc`).join(","), {
          PGTARGETSESSIONATTRS: "prefer-standby",
        }),
      ],
      resources: jobResources(backup),
      volumeMounts: [{ name: "scratch", mountPath: SCRATCH }, ...repository.mounts],
    }),
  });
}
