/** With which image, settings and secrets gateways and workers are to run now. */
import type { V1Deployment } from "@kubernetes/client-node";
import { hashOf } from "../topologies/common/hash.ts";
import { CONFIG_HASH } from "../topologies/common/labels.ts";
import { findOwned } from "../topologies/common/observed.ts";
import type { Program, ProgramEnvironment } from "../topologies/common/program.ts";
import type { Scope } from "../topologies/common/scope.ts";
import { peekSecret, type SecretKey } from "../topologies/common/secret.ts";
import { settingsOf } from "../topologies/settings/desired.ts";

/**
 * Hash of the values of Secrets together, so that none can be guessed from it while one of them is strong; undefined
 * while a value is missing. The key that signs tokens is among them always.
 */
export function secretsHash(scope: Scope, refs: readonly (SecretKey | undefined)[], more: unknown = null) {
  const values = refs.filter((ref) => ref !== undefined).map((ref) => peekSecret(scope, ref));
  return values.some((value) => !value) ? undefined : hashOf([values, more]);
}

export interface ProgramInputs {
  environment: ProgramEnvironment;
  /** The image whose schema the database has; undefined: none yet. */
  image: string | undefined;
  /** A Secret is there and wrong: what runs goes on with what it has. */
  hold: boolean;
}

/**
 * The program for the Deployment `name`. While a Secret is missing or wrong, pods that run are left as they are (their
 * hash is kept); pods that are not there yet are not made: undefined.
 */
export function programOf(scope: Scope, name: string, inputs: ProgramInputs): Program | undefined {
  const { environment, image, hold } = inputs;
  if (image === undefined) return undefined;
  const { databaseUrl, databaseReadUrl, redis, jwtSecret } = environment;
  const refs = [databaseUrl, databaseReadUrl, "url" in redis ? redis.url : redis.password, jwtSecret];
  const connect = "url" in redis ? {} : redis.settings;
  const configHash =
    (hold ? undefined : secretsHash(scope, refs, { ...settingsOf(scope), ...connect })) ??
    liveHash(scope, name);
  return configHash === undefined ? undefined : { image, environment, configHash };
}

/** The image that gateways run or are being rolled out with. */
export function liveImage(scope: Scope): string | undefined {
  return template(scope, scope.names.gateway)?.spec?.containers[0]?.image;
}

function liveHash(scope: Scope, name: string): string | undefined {
  return template(scope, name)?.metadata?.annotations?.[CONFIG_HASH];
}

function template(scope: Scope, name: string) {
  return findOwned<V1Deployment>(scope.observed, "Deployment", name)?.spec?.template;
}
