import type { RepositorySpec } from "../../api/backup.ts";
import type { Problem } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { peekSecret, readSecret, type SecretKey } from "../common/secret.ts";
import { s3Keys } from "./repository.ts";

function refsOf({ s3, encryption }: RepositorySpec): { ref: SecretKey; example: string }[] {
  return [
    ...(s3
      ? s3Keys.map((key) => ({ ref: { name: s3.secretRef.name, key }, example: key.toUpperCase() }))
      : []),
    ...(s3?.ca ? [{ ref: s3.ca.secretRef, example: "CERTIFICATE" }] : []),
    ...(encryption ? [{ ref: encryption.secretRef, example: "$(openssl rand -hex 32)" }] : []),
  ];
}

/** The values of a repository's Secrets, for a hash. */
export function repositorySecrets(scope: Scope, repository: RepositorySpec): (string | undefined)[] {
  return refsOf(repository).map(({ ref }) => peekSecret(scope, ref));
}

/** The first Secret that is missing or lacks a key. */
export function repositorySecretProblem(scope: Scope, repository: RepositorySpec): Problem | undefined {
  for (const { ref, example } of refsOf(repository)) {
    const { problem } = readSecret(scope, ref, example);
    if (problem) return problem;
  }
  return undefined;
}
