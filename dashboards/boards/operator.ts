import { type Board, quantiles, rate } from "../board.ts";

const noBackups = "without backups, or before the first one";
const age = (metric: string, what: string) => ({
  expr: `time() - max by (cluster) (${metric}{*})`,
  legend: `{{cluster}}: ${what}`,
});

/** The operator: whether one acts, and whether what it wants comes about. */
export const operator: Board = {
  uid: "operator",
  title: "Operator",
  description: "Leader, reconciles, queue and API requests of the operator.",
  scope: "namespace",
  rows: [
    {
      title: "Work",
      panels: [
        {
          title: "Leaders",
          description: "Exactly one acts; for some seconds after its loss none.",
          unit: "short",
          stat: true,
          queries: [{ expr: "sum(nexus_operator_leader{*})", legend: "leaders" }],
          thresholds: { warnBelow: 1, badBelow: 1 },
        },
        {
          title: "Queue",
          description: "Chat clusters that wait to be looked at.",
          unit: "short",
          stat: true,
          queries: [{ expr: "sum(nexus_operator_queue_depth{*})", legend: "queue" }],
          thresholds: { warn: 5, bad: 20 },
        },
        {
          title: "Looks at chat clusters",
          description:
            "A second, by result: problem is told in the status of the ChatCluster, error is the API server's.",
          unit: "ops",
          queries: [{ expr: rate("nexus_operator_reconciles_total", "result"), legend: "{{result}}" }],
        },
        {
          title: "Duration of a look",
          description: "Of which most is waiting for the API server.",
          unit: "s",
          queries: quantiles("nexus_operator_reconcile_seconds"),
          thresholds: { warn: 1, bad: 10 },
        },
        {
          title: "Until ready",
          description: "From the first sight of a changed spec until the chat cluster was ready.",
          unit: "s",
          queries: quantiles("nexus_operator_converge_seconds"),
        },
      ],
    },
    {
      title: "Kubernetes API",
      panels: [
        {
          title: "Requests",
          description: "A second, by verb. An idle operator writes nothing.",
          unit: "reqps",
          queries: [{ expr: rate("nexus_operator_api_requests_total", "verb"), legend: "{{verb}}" }],
        },
        {
          title: "Refused or unanswered",
          description:
            "Requests a second with a status of 400 and above, or without an answer (0). 409 is repeated.",
          unit: "reqps",
          quiet: "while every request succeeds",
          queries: [
            {
              expr: rate("nexus_operator_api_requests_total", "status", 'status=~"0|4..|5.."'),
              legend: "{{status}}",
            },
          ],
        },
        {
          title: "Watches",
          description: "Lists made anew, and watches that failed, a second.",
          unit: "ops",
          quiet: "while no watch has failed",
          queries: [
            { expr: rate("nexus_operator_relists_total"), legend: "relists" },
            { expr: rate("nexus_operator_watch_failures_total"), legend: "failures" },
          ],
        },
        {
          title: "Process",
          description: "Memory; an idle operator should live on 80 MB.",
          unit: "bytes",
          queries: [
            {
              expr: 'sum by (pod) (process_resident_memory_bytes{*, component="operator"})',
              legend: "resident, {{pod}}",
            },
            {
              expr: 'sum by (pod) (nodejs_heap_size_used_bytes{*, component="operator"})',
              legend: "heap, {{pod}}",
            },
          ],
          thresholds: { warn: 120_000_000, bad: 240_000_000 },
        },
        {
          title: "CPU",
          description: "Cores that each uses.",
          unit: "cores",
          queries: [
            {
              expr: 'sum by (pod) (rate(process_cpu_seconds_total{*, component="operator"}[$__rate_interval]))',
              legend: "{{pod}}",
            },
          ],
        },
      ],
    },
    {
      title: "Backups",
      panels: [
        {
          title: "Whether they are as they should be",
          description:
            "1 while changes are archived, the last backup succeeded, and what it restores was proven.",
          unit: "short",
          max: 1,
          quiet: noBackups,
          queries: [
            { expr: "min by (cluster, type) (nexus_backup_condition{*})", legend: "{{cluster}}: {{type}}" },
          ],
          thresholds: { warnBelow: 1, badBelow: 1 },
        },
        {
          title: "How old",
          description:
            "Since the last backup, since the newest moment that can be restored, and since the last drill.",
          unit: "s",
          quiet: noBackups,
          queries: [
            age("nexus_last_backup_timestamp_seconds", "backup"),
            age("nexus_recoverable_until_timestamp_seconds", "newest moment"),
            age("nexus_last_restore_drill_timestamp_seconds", "drill"),
            age("nexus_first_recoverability_timestamp_seconds", "oldest moment"),
          ],
        },
        {
          title: "The last drill",
          description:
            "How long restoring took, how old the newest restored message was, and what would have been lost.",
          unit: "s",
          quiet: noBackups,
          queries: [
            { expr: "max by (cluster) (nexus_restore_drill_seconds{*})", legend: "{{cluster}}: took" },
            {
              expr: "max by (cluster) (nexus_restore_drill_newest_message_age_seconds{*})",
              legend: "{{cluster}}: newest message",
            },
            { expr: "max by (cluster) (nexus_restore_drill_lost_seconds{*})", legend: "{{cluster}}: lost" },
          ],
        },
        {
          title: "What they take",
          description: "Size of all backups of a chat cluster, compressed.",
          unit: "bytes",
          quiet: noBackups,
          queries: [{ expr: "max by (cluster) (nexus_backup_bytes{*})", legend: "{{cluster}}" }],
        },
      ],
    },
  ],
};
