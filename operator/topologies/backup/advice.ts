import type { RepositorySpec } from "../../api/backup.ts";
import type { Scope } from "../common/scope.ts";

/** What a person should do about trouble with a repository, by its reason. */
export function adviceOn(reason: string, { s3, volume, encryption }: RepositorySpec): string {
  const secret = s3?.secretRef.name;
  switch (reason) {
    case "SecretMissing":
      return "Add it to the Secrets that spec.postgres.backup.repository names";
    case "CredentialsRefused":
      return `Correct access-key-id and secret-access-key in the Secret "${secret}", and what they may do with the bucket "${s3?.bucket}"`;
    case "BucketMissing":
      return `Make the bucket "${s3?.bucket}", or correct s3.bucket (and s3.uriStyle)`;
    case "CertificateInvalid":
      return `Put the authority that signed the certificate of ${s3?.endpoint} into a Secret and name it in s3.ca.secretRef`;
    case "Unreachable":
      return `See that ${s3?.endpoint ?? "the storage"} runs and that firewalls and NetworkPolicies let this cluster in, or correct s3.endpoint`;
    case "PassphraseWrong":
      return `Put the pass phrase of the first backup back into the Secret "${encryption?.secretRef.name}", or name another path`;
    case "OtherDatabase":
      return "Another ChatCluster of this name, or a former one, has its backups there: name another path in spec.postgres.backup.repository";
    case "RepositoryFull":
      return `Make ${volume ? `the volume "${volume.claimName}"` : "the storage"} larger, or lower spec.postgres.backup.retentionDays`;
    case "RepositoryNotWritable":
      return `Let user and group 10001 write to ${volume ? `the volume "${volume.claimName}"` : "it"}`;
    default:
      return "It is tried again";
  }
}

/** The command that has a CronJob's Job run at once. */
export function takeNow(scope: Scope, cronJob: string): string {
  return `kubectl -n ${scope.namespace} create job --from=cronjob/${cronJob} ${cronJob}-now`;
}
