/** Patroni's configuration, without passwords; images/data/nexus-patroni adds those, and what is each pod's own. */
import { archiveSettings, PROGRAM } from "../../backup/archive.ts";
import { selectorLabels } from "../../common/labels.ts";
import { amountOf } from "../../common/quantity.ts";
import { memoryLimitMiB, resourcesOf } from "../../common/resources.ts";
import type { Scope } from "../../common/scope.ts";
import { postgresDefaults } from "../standalone/desired.ts";
import { postgresqlSettings } from "../standalone/settings.ts";

/** Patroni looks for its pods and ConfigMaps by this label. */
export const SCOPE_LABEL = "nexus.chat/patroni";
/** `primary`, `replica`; `lost` for a primary whose node is gone. Services go by it. */
export const ROLE_LABEL = "nexus.chat/role";

/** Settings that must be the same on all members: Patroni takes them from its ConfigMap only, not from a file. */
const shared = new Set([
  "max_connections",
  "max_worker_processes",
  "max_wal_senders",
  "max_replication_slots",
  "max_prepared_transactions",
  "max_locks_per_transaction",
  "track_commit_timestamp",
  "wal_level",
]);

const callback = "/usr/local/bin/nexus-patroni";
/** Instead of initdb; what it leaves is recovered to the end, and needs no settings of its own. */
const recovery = { command: `${PROGRAM} restore`, no_params: true, keep_existing_recovery_conf: false };

/** @param storage size of the volumes; what Postgres is restarted for does not follow from it. */
export function patroniConfig(scope: Scope, storage: string): string {
  const { resources, parameters, synchronous, bootstrap } = scope.spec.postgres;
  const memory = memoryLimitMiB(resourcesOf(resources, postgresDefaults));
  const wanted = {
    ...replication(storage),
    ...postgresqlSettings(memory, storage, parameters),
    ...archiveSettings(scope),
  };
  const split = (ofAll: boolean) =>
    Object.fromEntries(Object.entries(wanted).filter(([name]) => shared.has(name) === ofAll));
  return JSON.stringify(
    {
      scope: scope.names.postgres,
      kubernetes: {
        labels: selectorLabels(scope.name, "postgres"),
        scope_label: SCOPE_LABEL,
        role_label: ROLE_LABEL,
        use_endpoints: false,
      },
      restapi: { listen: "*:8008" },
      bootstrap: {
        dcs: {
          // A lost primary is replaced after at most `ttl`, the least that Patroni allows; one that cannot reach the
          // Kubernetes API stops before that: loop_wait + 2 × retry_timeout is less.
          ttl: 20,
          loop_wait: 3,
          retry_timeout: 8,
          // The API server away and all members there: the primary goes on.
          failsafe_mode: true,
          primary_start_timeout: 10,
          maximum_lag_on_failover: 16_777_216,
          synchronous_mode: synchronous === "none" ? false : "quorum",
          synchronous_mode_strict: synchronous === "strict",
          synchronous_node_count: 1,
          postgresql: {
            use_pg_rewind: true,
            use_slots: true,
            // A former primary that cannot be rewound is copied anew.
            remove_data_directory_on_rewind_failure: true,
            remove_data_directory_on_diverged_timelines: true,
            parameters: { wal_log_hints: "on", ...split(true) },
          },
        },
        initdb: [
          { encoding: "UTF8" },
          { locale: "C" },
          { "locale-provider": "builtin" },
          { "builtin-locale": "C.UTF-8" },
          { "auth-local": "peer" },
          { "auth-host": "scram-sha-256" },
          "data-checksums",
        ],
        post_bootstrap: `${callback} created`,
        ...(bootstrap && { method: "recovery", recovery }),
      },
      postgresql: {
        listen: "*:5432",
        bin_dir: "/usr/lib/postgresql/17/bin",
        pgpass: "/tmp/pgpass",
        use_unix_socket: true,
        use_unix_socket_repl: true,
        callbacks: { on_start: callback, on_role_change: callback },
        basebackup: { checkpoint: "fast", "max-rate": "200M" },
        parameters: {
          ...split(false),
          unix_socket_directories: "/tmp",
          password_encryption: "scram-sha-256",
        },
        // Within the pod by being the same user; over the network by password only.
        pg_hba: [
          "local all all peer",
          "local replication all peer map=own",
          "host all nexus all scram-sha-256",
          "host replication nexus_replication all scram-sha-256",
        ],
        pg_ident: ["own nexus nexus_replication", "own nexus nexus"],
      },
      watchdog: { mode: "off" },
    },
    null,
    1,
  );
}

/** What copying needs beyond a single Postgres; a person's parameters stand above. */
function replication(storage: string): Record<string, string> {
  const storageMiB = amountOf(storage) / 2 ** 20;
  return {
    hot_standby_feedback: "on",
    wal_keep_size: "128MB",
    // A replica that is away for long is copied anew; what it missed must not fill the primary's volume.
    max_slot_wal_keep_size: `${Math.floor(Math.max(256, storageMiB / 5))}MB`,
    wal_sender_timeout: "10s",
    wal_receiver_timeout: "10s",
    wal_retrieve_retry_interval: "1s",
    max_standby_streaming_delay: "30s",
  };
}
