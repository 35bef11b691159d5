import { type Board, quantiles, rate } from "../board.ts";

/** Postgres and Redis as gateways and workers see them. */
export const dataTier: Board = {
  uid: "data-tier",
  title: "Data tier",
  description: "Postgres and Redis from the side of those who wait for them.",
  scope: "cluster",
  rows: [
    {
      title: "Postgres",
      panels: [
        {
          title: "Reached",
          description: "1 while statements are answered, and while messages can be written (gateways).",
          unit: "short",
          max: 1,
          queries: [
            { expr: "min by (pod) (nexus_postgres_up{*})", legend: "{{pod}}" },
            { expr: "min by (pod) (nexus_postgres_writable{*})", legend: "writable, {{pod}}" },
          ],
          thresholds: { warnBelow: 1, badBelow: 1 },
        },
        {
          title: "Statements",
          description: "From the call to the answer, waiting for a connection included.",
          unit: "s",
          queries: quantiles("nexus_postgres_statement_seconds"),
          thresholds: { warn: 0.05, bad: 0.5 },
        },
        {
          title: "Under way",
          description:
            "Statements that run or wait, and how many connections there may be. Far above it they queue.",
          unit: "short",
          queries: [
            { expr: "max by (pod) (nexus_postgres_statements{*})", legend: "{{pod}}" },
            { expr: "max(nexus_postgres_pool_size{*})", legend: "pool" },
          ],
        },
        {
          title: "Failed",
          description:
            "Statements a second, by kind: outage, conflict (repeated as a rule), other (a fault of ours).",
          unit: "ops",
          queries: [{ expr: rate("nexus_postgres_failures_total", "kind"), legend: "{{kind}}" }],
        },
        {
          title: "Reads by target",
          description:
            "SYNC, history and lists, while DATABASE_READ_URL is set: at a replica, or at the primary and why.",
          unit: "ops",
          quiet: "without DATABASE_READ_URL no replica is considered",
          queries: [{ expr: rate("nexus_reads_total", "kind, target"), legend: "{{kind}}: {{target}}" }],
        },
        {
          title: "Replica behind",
          description: "Log that the replica asked last had yet to replay.",
          unit: "bytes",
          queries: [{ expr: "max by (pod) (nexus_replica_lag_bytes{*})", legend: "{{pod}}" }],
          thresholds: { warn: 1_000_000, bad: 100_000_000 },
        },
      ],
    },
    {
      title: "Redis",
      panels: [
        {
          title: "Reached",
          description: "1 while Redis is connected.",
          unit: "short",
          max: 1,
          queries: [{ expr: "min by (pod) (nexus_redis_up{*})", legend: "{{pod}}" }],
          thresholds: { warnBelow: 1, badBelow: 1 },
        },
        {
          title: "Commands",
          description: "p99, by use: adapter publishes to other gateways, commands are limits and presence.",
          unit: "s",
          queries: [
            {
              expr: "histogram_quantile(0.99, sum by (le, use) (rate(nexus_redis_command_seconds_bucket{*}[$__rate_interval])))",
              legend: "{{use}}",
            },
          ],
          thresholds: { warn: 0.02, bad: 0.2 },
        },
        {
          title: "Commands a second",
          description: "By use: each publishing is one, however many deliveries it holds.",
          unit: "ops",
          queries: [{ expr: rate("nexus_redis_command_seconds_count", "use"), legend: "{{use}}" }],
        },
        {
          title: "Failed, and failovers",
          description: "Commands a second that failed; and times that another primary was found.",
          unit: "ops",
          queries: [
            { expr: rate("nexus_redis_failures_total", "use"), legend: "{{use}}" },
            {
              expr: "sum(increase(nexus_redis_switches_total{*}[$__rate_interval]))",
              legend: "other primary",
            },
          ],
        },
      ],
    },
    {
      title: "Remembered",
      panels: [
        {
          title: "Cache hits",
          description:
            "Share of the looks: conversations of two users, access, verified tokens. Low after a start.",
          unit: "percentunit",
          max: 1,
          queries: [
            {
              expr: `${rate("nexus_cache_lookups_total", "cache", 'outcome="hit"')} / ${rate("nexus_cache_lookups_total", "cache")}`,
              legend: "{{cache}}",
            },
          ],
        },
      ],
    },
  ],
};
