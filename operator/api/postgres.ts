import * as z from "zod";
import { backupRules, backupSpec, bootstrapSpec } from "./backup.ts";
import { externalRules } from "./external.ts";
import { quantity, rules, secretKeyRef, textOrNumber } from "./fields.ts";
import { podFields } from "./pods.ts";

/** Settings of Postgres that the operator decides: others than these go through `parameters`. */
export const ownedParameters = [
  "config_file",
  "data_directory",
  "external_pid_file",
  "hba_file",
  "hot_standby",
  "ident_file",
  "include",
  "include_dir",
  "include_if_exists",
  "listen_addresses",
  "log_destination",
  "logging_collector",
  "password_encryption",
  "port",
  "unix_socket_directories",
] as const;

const storage = z
  .object({
    size: quantity("Size of the volume. It may grow, never shrink.").prefault("10Gi"),
    storageClassName: z
      .string()
      .max(253)
      .optional()
      .meta({ description: "StorageClass of the volume; the cluster's default if left out." }),
  })
  .prefault({})
  .meta({
    description: "The volume that holds all messages (not for topology `external`).",
    ...rules(
      {
        rule: "!isQuantity(string(self.size)) || !isQuantity(string(oldSelf.size)) || quantity(string(self.size)).compareTo(quantity(string(oldSelf.size))) >= 0",
        messageExpression: "'a volume cannot shrink: set size back to ' + string(oldSelf.size) + ' or more'",
        message: "a volume cannot shrink: set size back to what it was or more",
        fieldPath: ".size",
      },
      {
        rule: "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)",
        message:
          "storageClassName cannot change once the volume is there: set it back, or make a new ChatCluster and move the data by dump and restore",
        fieldPath: ".storageClassName",
      },
    ),
  });

const parameters = z
  .record(
    z.string(),
    textOrNumber(/^[^\n\r]*$/, "one line", 1024).meta({ description: "Value of a parameter." }),
  )
  .optional()
  .meta({
    description:
      "Settings of Postgres (postgresql.conf), over those tuned to the memory limit: {work_mem: 16MB}.",
    maxProperties: 64,
    ...rules(
      {
        rule: `self.all(name, !(name in [${ownedParameters.map((name) => `'${name}'`).join(", ")}]))`,
        message: `the operator decides ${ownedParameters.join(", ")}: remove them from parameters`,
        reason: "FieldValueForbidden",
      },
      {
        rule: "self.all(name, name.matches('^[a-z_][a-z0-9_]*([.][a-z_][a-z0-9_]*)?$'))",
        message: "names of Postgres' settings are lower-case words with underscores, such as work_mem",
      },
    ),
  });

export const postgresSpec = z
  .object({
    topology: z.enum(["standalone", "ha", "external"]).default("standalone").meta({
      description:
        "`standalone` (one Postgres pod with a volume), `ha` (several under Patroni, of which another becomes the primary when it is lost), or `external` (a database that is there already).",
    }),
    replicas: z.int().min(2).max(9).default(3).meta({
      description: "Topology `ha`: pods in all, one of them the primary.",
    }),
    synchronous: z.enum(["quorum", "strict", "none"]).default("quorum").meta({
      description:
        "Topology `ha`: what a message waits for before it is acknowledged. `quorum`: until a replica has it too, as long as there is one that runs; `strict`: always, so that without a replica nothing can be sent; `none`: no replica, so that the loss of a node may lose the newest messages.",
    }),
    version: z
      .literal(17)
      .default(17)
      .meta({ description: "Major version of Postgres that the operator runs." }),
    storage,
    parameters,
    external: z
      .object({
        secretRef: secretKeyRef(
          "url",
          "Secret with the address: postgres://user:password@host:5432/database.",
        ),
        readSecretRef: secretKeyRef(
          "url",
          "Secret with a read replica's address, for reads that may be a moment old.",
        ).optional(),
      })
      .optional()
      .meta({ description: "Where the database of topology `external` is." }),
    backup: backupSpec,
    bootstrap: bootstrapSpec,
    ...podFields(),
  })
  .prefault({})
  .meta({
    description: "Postgres: holds every message before it is acknowledged.",
    ...rules(
      ...backupRules,
      {
        rule: "!(oldSelf.topology == 'ha' && self.topology == 'standalone')",
        message:
          "topology cannot change from ha to standalone in place, since the one that stays may not be the one with the newest messages: set it back, or make a new ChatCluster and move the data by dump and restore",
        fieldPath: ".topology",
      },
      ...externalRules(
        "kubectl create secret generic my-postgres --from-literal=url=postgres://user:password@host:5432/database",
        ", since the messages would stay behind: make a new ChatCluster and move the data by dump and restore",
      ),
    ),
  });
