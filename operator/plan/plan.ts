/**
 * The heart of the operator: from a ChatCluster and what is observed to what should be, and what to say about it.
 * Pure: the same input gives the same plan (but for the values of Secrets that are made for the first time).
 *
 * Redis and Postgres are always as the spec says. Gateways and workers follow the schema: a new image first migrates
 * it, and until that has succeeded the old image is what is applied.
 */
import type { KubernetesObject, V1Secret } from "@kubernetes/client-node";
import type { ChatCluster, ChatClusterStatus } from "../api/chat-cluster.ts";
import { backups } from "../topologies/backup/desired.ts";
import type { Observed } from "../topologies/common/observed.ts";
import { type OperatorContext, type Scope, scopeOf } from "../topologies/common/scope.ts";
import { readAddress, readSecret } from "../topologies/common/secret.ts";
import type { StoreDesired } from "../topologies/common/store.ts";
import { gateway } from "../topologies/gateway/desired.ts";
import { webAddress } from "../topologies/ingress/desired.ts";
import { migrationJob } from "../topologies/migration/job.ts";
import { migrationState } from "../topologies/migration/state.ts";
import { podMonitors } from "../topologies/monitoring/desired.ts";
import { networkPolicies } from "../topologies/network-policies/desired.ts";
import { postgresExample, postgresProtocols } from "../topologies/postgres/external/desired.ts";
import { redisExample, redisProtocols } from "../topologies/redis/external/desired.ts";
import { auth } from "../topologies/settings/auth.ts";
import { settingsConfigMap } from "../topologies/settings/desired.ts";
import { worker } from "../topologies/worker/desired.ts";
import type { PlannedEvent } from "./events.ts";
import { liveImage, programOf, secretsHash } from "./programs.ts";
import { invalidStatus, statusOf } from "./status.ts";
import { SpecError, storesOf } from "./stores.ts";

export type { Observed, ObservedEvent } from "../topologies/common/observed.ts";
export type { OperatorContext } from "../topologies/common/scope.ts";
export type { PlannedEvent } from "./events.ts";

export interface Plan {
  /** To be applied in this order, server-side. */
  apply: KubernetesObject[];
  /** Pods to be deleted once all is applied, so that newer ones take their place. */
  restart: KubernetesObject[];
  /** To be created only if absent, never overwritten. */
  createOnce: V1Secret[];
  /**
   * Whether owned objects that are not in `apply` may be deleted now: those whose controller is this ChatCluster, and
   * never PVCs and Secrets.
   */
  prune: boolean;
  /** Complete; times of transition are kept where the status did not change. */
  status: ChatClusterStatus;
  /** On transitions only. */
  events: PlannedEvent[];
  /** ms after which to plan again, when only time will tell. */
  requeueAfter?: number;
}

/** What should be, given what is. Never throws for a spec that cannot be carried out: its status says so. */
export function plan(cluster: ChatCluster, observed: Observed, context: OperatorContext): Plan {
  const scope = scopeOf(cluster, observed, context);
  try {
    return planFor(scope);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return { apply: [], restart: [], createOnce: [], prune: false, ...invalidStatus(scope, error.message) };
  }
}

function planFor(scope: Scope): Plan {
  const { names, observed, images, cluster } = scope;
  const stores = storesOf(scope.spec);
  const redis = stores.redis.desired(scope);
  const postgres = stores.postgres.desired(scope);
  const tokens = auth(scope);
  const generated = [...tokens.generated, ...redis.generated, ...postgres.generated];

  const databaseHash = secretsHash(scope, [postgres.url, tokens.key]);
  const migration = migrationState(scope, databaseHash);
  const postgresStatus = stores.postgres.status(scope, migration);
  const redisStatus = stores.redis.status(scope);
  const readable = readAddress(scope, postgres.url, postgresProtocols, postgresExample).problem === undefined;
  const databaseUsable = readable && postgresStatus.usable;

  const jobs: KubernetesObject[] = [];
  const jobIsThere = observed.owned.some(
    ({ kind, metadata }) => kind === "Job" && metadata?.name === migration.name,
  );
  if (databaseHash !== undefined && readable && (jobIsThere || databaseUsable))
    jobs.push(
      migrationJob(scope, {
        databaseUrl: postgres.url,
        configHash: databaseHash,
        retryOf: migration.retryOf,
      }),
    );

  const image = migration.migrated ? images.nexus : (cluster.status?.schema?.image ?? liveImage(scope));
  const inputs = {
    image,
    environment: {
      databaseUrl: postgres.url,
      ...(postgres.readUrl && { databaseReadUrl: postgres.readUrl }),
      redis: redis.connect ?? { url: redis.url },
      jwtSecret: tokens.key,
    },
    hold:
      !readable ||
      // Another database or password: pods follow when the migration has shown that it can be used.
      (migration.migrated && migration.state !== "succeeded") ||
      tokens.problem !== undefined ||
      redisProblem(scope, redis) !== undefined ||
      (postgres.readUrl !== undefined &&
        readAddress(scope, postgres.readUrl, postgresProtocols, postgresExample).problem !== undefined),
  };
  const gatewayProgram = programOf(scope, names.gateway, inputs);
  const workerProgram = programOf(scope, names.worker, inputs);

  return {
    apply: [
      ...tokens.objects,
      settingsConfigMap(scope),
      ...networkPolicies(scope, { postgres: postgres.destinations, redis: redis.destinations }),
      ...postgres.objects,
      ...backups(scope, databaseUsable),
      ...redis.objects,
      ...jobs,
      ...gateway(scope, gatewayProgram),
      ...worker(scope, workerProgram),
      ...webAddress(scope),
      ...podMonitors(scope),
    ],
    restart: [...(postgres.restart ?? []), ...(redis.restart ?? [])],
    createOnce: generated,
    // Not while something that exists may be missing from the list only for want of a Secret.
    prune: generated.length === 0 && (jobs.length > 0 || !jobIsThere),
    ...statusOf(scope, {
      postgres: postgresStatus,
      redis: redisStatus,
      migration,
      databaseUsable,
      running: migration.migrated ? undefined : image,
      secretProblem: tokens.problem,
      awaits: { gateway: gatewayProgram === undefined, worker: workerProgram === undefined },
    }),
  };
}

/** What is wrong with the Secret by which programs find Redis. */
function redisProblem(scope: Scope, redis: StoreDesired) {
  return redis.connect
    ? readSecret(scope, redis.connect.password, "PASSWORD").problem
    : readAddress(scope, redis.url, redisProtocols, redisExample).problem;
}
