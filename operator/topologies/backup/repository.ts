/** A repository of backups as pods see it: pgBackRest's settings and the Secrets in one folder, and the volume. */
import type { V1ConfigMap, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { RepositorySpec } from "../../api/backup.ts";
import { ownedMetadata } from "../common/object.ts";
import { amountOf } from "../common/quantity.ts";
import type { Scope } from "../common/scope.ts";
import { type Destination, externalDestination } from "../common/store.ts";
import { backupNames } from "./names.ts";

/** Folders of settings and Secrets: one's own repository, and the one that the data came from. */
export const OWN = "/etc/nexus-backup";
export const SOURCE = "/etc/nexus-recovery";
const mounts = { [OWN]: "/var/lib/nexus-backup", [SOURCE]: "/var/lib/nexus-recovery" } as const;
export type Folder = keyof typeof mounts;

/** Keys of the Secret of spec…s3.secretRef. */
export const s3Keys = ["access-key-id", "secret-access-key"] as const;

const HTTPS = 443;

/** pgbackrest.conf. Secrets are not in it: images/data/backup/repository.py adds those. */
function settings(scope: Scope, repository: RepositorySpec, folder: Folder, stanza: string): string {
  const { s3, volume, encryption, path } = repository;
  const global: Record<string, string | number> = {
    ...common,
    ...(encryption && { "repo1-cipher-type": "aes-256-cbc" }),
  };
  if (s3) {
    const { hostname, port } = new URL(`https://${s3.endpoint}`);
    Object.assign(global, {
      "repo1-type": "s3",
      "repo1-path": path,
      "repo1-s3-bucket": s3.bucket,
      "repo1-s3-endpoint": hostname,
      "repo1-storage-port": port || HTTPS,
      "repo1-s3-region": s3.region,
      "repo1-s3-uri-style": s3.uriStyle,
      ...(s3.ca && { "repo1-storage-ca-file": `${folder}/ca.crt` }),
    });
  }
  if (volume)
    Object.assign(global, {
      "repo1-type": "posix",
      "repo1-path": `${mounts[folder]}${path}`.replace(/\/$/, ""),
    });
  if (folder === OWN) Object.assign(global, ownSettings(scope));
  const server = {
    "pg1-path": "/var/lib/postgresql/data/pgdata",
    "pg1-user": "nexus",
    "pg1-socket-path": "/tmp",
  };
  return `[global]\n${lines(global)}\n[${stanza}]\n${lines(server)}`;
}

const common = {
  // Many small files become few large objects, and of a large file only the blocks that changed are kept again.
  "repo1-bundle": "y",
  "repo1-block": "y",
  "compress-type": "zst",
  "start-fast": "y",
  "process-max": 2,
  "io-timeout": 10,
  "lock-path": "/tmp/pgbackrest",
  "spool-path": "/tmp/pgbackrest-spool",
  "log-level-file": "off",
  "log-level-console": "warn",
};

function ownSettings({ spec }: Scope) {
  const quarter = Math.floor(amountOf(spec.postgres.storage.size) / 4 / 2 ** 20);
  return {
    "repo1-retention-full-type": "time",
    "repo1-retention-full": spec.postgres.backup?.retentionDays ?? 14,
    // While nothing can be archived the log stays on the data volume. Before that is full the chat goes on without
    // an archive: what is dropped then cannot be restored, and the condition says so.
    "archive-push-queue-max": `${Math.max(64, quarter)}MiB`,
  };
}

function lines(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** The settings of both repositories, as far as there are any, by the ConfigMap's name. */
export function repositoryFiles(scope: Scope): Record<string, string> {
  const { backup, bootstrap } = scope.spec.postgres;
  const names = backupNames(scope);
  const recovery = bootstrap?.recovery;
  return {
    ...(backup && { [names.backup]: settings(scope, backup.repository, OWN, scope.name) }),
    ...(recovery && { [names.recovery]: settings(scope, recovery.repository, SOURCE, recovery.source) }),
  };
}

export function repositoryConfigMaps(scope: Scope): V1ConfigMap[] {
  return Object.entries(repositoryFiles(scope)).map(([name, text]) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: ownedMetadata(scope, name, "backup"),
    data: { "pgbackrest.conf": text },
  }));
}

/** What a pod mounts to use the repository in `folder`. A Secret that is missing keeps no pod from starting. */
export function repositoryMounts(
  repository: RepositorySpec,
  configMap: string,
  folder: Folder,
): { volumes: V1Volume[]; mounts: V1VolumeMount[] } {
  const { s3, volume, encryption } = repository;
  const secret = (name: string, items: { key: string; path: string }[]) => ({
    secret: { name, items, optional: true },
  });
  const name = folder === OWN ? "backup" : "recovery";
  const sources = [
    { configMap: { name: configMap, items: [{ key: "pgbackrest.conf", path: "pgbackrest.conf" }] } },
    ...(s3
      ? [
          secret(
            s3.secretRef.name,
            s3Keys.map((key) => ({ key, path: key })),
          ),
        ]
      : []),
    ...(s3?.ca ? [secret(s3.ca.secretRef.name, [{ key: s3.ca.secretRef.key, path: "ca.crt" }])] : []),
    ...(encryption
      ? [secret(encryption.secretRef.name, [{ key: encryption.secretRef.key, path: "passphrase" }])]
      : []),
  ];
  return {
    volumes: [
      { name, projected: { defaultMode: 0o440, sources } },
      ...(volume ? [{ name: `${name}-volume`, persistentVolumeClaim: { claimName: volume.claimName } }] : []),
    ],
    mounts: [
      { name, mountPath: folder, readOnly: true },
      ...(volume ? [{ name: `${name}-volume`, mountPath: mounts[folder] }] : []),
    ],
  };
}

/** Where pods connect to for the repository; none for a volume. */
export function repositoryDestinations({ s3 }: RepositorySpec): Destination[] {
  return s3 ? [externalDestination(new URL(`https://${s3.endpoint}`), HTTPS)] : [];
}
