/** Backups of Postgres: where they are, when they are taken, and how a new ChatCluster begins from one. */
import * as z from "zod";
import { implies, objectName, quantity, resources, rules, secretKeyRef, text } from "./fields.ts";

const cron = (description: string) =>
  text(
    /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|\S+( \S+){4})$/,
    "five fields such as 0 2 * * 0, or @daily",
    100,
  ).meta({ description });

const s3 = z
  .object({
    bucket: text(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/, "the name of a bucket", 63).meta({
      description: "The bucket; it must be there already.",
    }),
    endpoint: text(
      /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?$/,
      "a host such as s3.eu-central-1.amazonaws.com or minio.storage:9000, without https://",
    ).meta({
      description: "Host of the storage, and its port if that is not 443. It is spoken to by TLS only.",
    }),
    region: text(/^[A-Za-z0-9-]+$/, "a region such as eu-central-1", 64)
      .default("us-east-1")
      .meta({ description: "Region that requests are signed for; most storages but Amazon's take any." }),
    uriStyle: z.enum(["path", "host"]).default("path").meta({
      description: "Where the bucket stands: in the path, which every storage knows, or in the host's name.",
    }),
    secretRef: z
      .object({ name: objectName("Name of the Secret, in the ChatCluster's namespace.") })
      .meta({ description: "Secret with the keys `access-key-id` and `secret-access-key`." }),
    ca: z
      .object({ secretRef: secretKeyRef("ca.crt", "Secret with the authority's certificate in PEM.") })
      .optional()
      .meta({ description: "Who signed the storage's certificate, if no public authority did." }),
  })
  .meta({ description: "S3 or a storage that speaks like it." });

/** Where backups are: one of S3 and a volume. */
export const repositorySpec = z
  .object({
    s3: s3.optional(),
    volume: z
      .object({ claimName: objectName("Name of a PersistentVolumeClaim that is there already.") })
      .optional()
      .meta({
        description:
          "A volume of your own. With topology `ha` pods on several nodes write to it, so it must be ReadWriteMany.",
      }),
    path: text(/^\/[A-Za-z0-9._/-]*$/, "a path such as /nexus", 200)
      .default("/nexus")
      .meta({
        description:
          "Folder within the bucket or volume. ChatClusters of different names can share one, those of the same name (in other namespaces, say) cannot.",
      }),
    encryption: z
      .object({ secretRef: secretKeyRef("passphrase", "Secret with the pass phrase.") })
      .optional()
      .meta({
        description:
          "Encrypt with AES-256 before anything leaves the pod. The pass phrase cannot be changed later, and without it no backup can be read: keep a copy elsewhere.",
      }),
  })
  .meta({
    description: "Where backups are.",
    ...rules({
      rule: "has(self.s3) != has(self.volume)",
      message: "backups are either in s3 or on a volume: name exactly one of them",
      chart: { oneOf: [{ required: ["s3"] }, { required: ["volume"] }] },
    }),
  });

export const backupSpec = z
  .object({
    repository: repositorySpec,
    schedule: z
      .object({
        full: cron("Everything.").default("0 2 * * 0"),
        differential: cron("What changed since the last full one.").default("0 2 * * 1-6"),
        incremental: cron("What changed since the last backup of any kind; none if left out.").optional(),
      })
      .prefault({})
      .meta({
        description:
          "When backups are taken, in UTC. The log of all changes is archived all the time, at the latest after a minute. A first full backup is taken at once.",
      }),
    retentionDays: z.int().min(1).max(3650).default(14).meta({
      description: "How far back any minute can be restored. What is not needed for that is deleted.",
    }),
    restoreDrill: z
      .object({
        enabled: z
          .boolean()
          .default(true)
          .meta({ description: "Restore the newest backup into a scratch pod, and look at what came back." }),
        schedule: cron("When, in UTC.").default("0 5 * * *"),
        maxLossSeconds: z.int().min(60).max(86_400).default(900).meta({
          description:
            "A drill fails that brings back messages only up to longer ago than this before its begin.",
        }),
        storage: z
          .object({
            size: quantity(
              "Size of the scratch volume; that of spec.postgres.storage if left out.",
            ).optional(),
            storageClassName: text(/^\S+$/, "the name of a StorageClass").optional().meta({
              description: "Its StorageClass; that of spec.postgres.storage if left out.",
            }),
          })
          .prefault({})
          .meta({ description: "The scratch volume. It goes with the drill's pod." }),
      })
      .prefault({})
      .meta({ description: "A backup that was never restored is a hope: restore it regularly." }),
    resources: resources(),
  })
  .optional()
  .meta({
    description:
      "Backups by pgBackRest, and the archived log for any point in between. Not for topology `external`. Turning it on or off restarts Postgres.",
  });

export const bootstrapSpec = z
  .object({
    recovery: z
      .object({
        source: text(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "the name of a ChatCluster", 63).meta({
          description: "Name of the ChatCluster whose backups they are.",
        }),
        repository: repositorySpec,
        targetTime: text(
          /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$/,
          "a time such as 2026-11-21T17:30:00Z",
          40,
        )
          .optional()
          .meta({ description: "Up to when changes are brought back; the newest moment if left out." }),
      })
      .meta({ description: "Begin with the data of a backup." }),
  })
  .optional()
  .meta({
    description:
      "What Postgres begins with, when the ChatCluster is made; afterwards it has no effect. Empty if left out.",
  });

/** Rules of spec.postgres about these fields. */
export const backupRules = [
  {
    rule: "self.topology != 'external' || (!has(self.backup) && !has(self.bootstrap))",
    message:
      "backup and bootstrap are for the operator's own Postgres: with topology external, whoever runs it backs it up; remove them",
    reason: "FieldValueForbidden" as const,
    chart: implies(
      { properties: { topology: { const: "external" } }, required: ["topology"] },
      {
        properties: {
          backup: { const: "left out with topology: external" },
          bootstrap: { const: "left out with topology: external" },
        },
      },
    ),
  },
  {
    rule: "!has(self.bootstrap) || (has(oldSelf.bootstrap) && self.bootstrap == oldSelf.bootstrap)",
    message:
      "bootstrap counts when a ChatCluster is made, and this one has its data already: make a new ChatCluster with it",
    fieldPath: ".bootstrap",
  },
];

export type RepositorySpec = z.output<typeof repositorySpec>;
export type BackupSpec = NonNullable<z.output<typeof backupSpec>>;
export type RecoverySpec = NonNullable<z.output<typeof bootstrapSpec>>["recovery"];
