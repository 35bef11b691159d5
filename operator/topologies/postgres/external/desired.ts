/** A Postgres that somebody else runs: its address is in a person's Secret. */
import { ports } from "../../common/names.ts";
import type { Scope } from "../../common/scope.ts";
import { readAddress, type SecretKey } from "../../common/secret.ts";
import { externalDestination, type StoreDesired } from "../../common/store.ts";

export const postgresExample = "postgres://USER:PASSWORD@HOST:5432/DATABASE";
export const postgresProtocols = ["postgres:", "postgresql:"];

/** Where the addresses are. @throws when the spec names no Secret, which the CRD refuses. */
export function externalAddresses(scope: Scope): { url: SecretKey; readUrl?: SecretKey } {
  const external = scope.spec.postgres.external;
  if (!external)
    throw new Error("spec.postgres.external.secretRef is missing: name the Secret with the address");
  return { url: external.secretRef, ...(external.readSecretRef && { readUrl: external.readSecretRef }) };
}

export function postgresExternal(scope: Scope): StoreDesired {
  const { url, readUrl } = externalAddresses(scope);
  const refs = readUrl ? [url, readUrl] : [url];
  const destinations = refs.map((ref) => {
    const { url: address } = readAddress(scope, ref, postgresProtocols, postgresExample);
    return externalDestination(address, ports.postgres);
  });
  return { objects: [], generated: [], url, ...(readUrl && { readUrl }), destinations };
}
