import { type Board, quantiles, rate } from "../board.ts";

/** Notifications, and the worker's jobs that they are. */
export const push: Board = {
  uid: "push",
  title: "Push",
  description: "What goes to Firebase, what comes back, what waits; and all other jobs.",
  scope: "cluster",
  rows: [
    {
      title: "Firebase",
      panels: [
        {
          title: "Push is on",
          description: "Workers that have credentials.",
          unit: "short",
          stat: true,
          queries: [{ expr: "sum(nexus_push_on{*})", legend: "on" }],
        },
        {
          title: "Jobs waiting",
          description: "Due and not begun.",
          unit: "short",
          stat: true,
          queries: [{ expr: "max(nexus_jobs_waiting{*})", legend: "waiting" }],
          thresholds: { warn: 100, bad: 1000 },
        },
        {
          title: "Oldest job",
          description: "How long it has been due.",
          unit: "s",
          stat: true,
          queries: [{ expr: "max(nexus_jobs_oldest_seconds{*})", legend: "oldest" }],
          thresholds: { warn: 30, bad: 120 },
        },
        {
          title: "Workers",
          description: "That answer to Prometheus.",
          unit: "short",
          stat: true,
          queries: [{ expr: 'sum(up{*, component="worker"})', legend: "up" }],
          thresholds: { warnBelow: 1, badBelow: 1 },
        },
        {
          title: "Pushes",
          description:
            "A second, by kind and outcome. gone: the device is; later: Firebase asks to wait or is not reached; unauthorized: our credentials; refused: our set-up.",
          unit: "ops",
          queries: [{ expr: rate("nexus_pushes_total", "kind, outcome"), legend: "{{kind}}: {{outcome}}" }],
        },
        {
          title: "Pushed after",
          description: "From a message's sending until Firebase took its push, PUSH_DELAY (5 s) included.",
          unit: "s",
          queries: quantiles("nexus_push_seconds"),
          thresholds: { warn: 15, bad: 60 },
        },
      ],
    },
    {
      title: "Jobs",
      panels: [
        {
          title: "Finished",
          description: "A second, by task and outcome; failed ones are tried again, later and later.",
          unit: "ops",
          queries: [{ expr: rate("nexus_jobs_total", "task, outcome"), legend: "{{task}}: {{outcome}}" }],
        },
        {
          title: "Waiting",
          description: "Jobs that are due and have not begun, and for how long the oldest has been.",
          unit: "short",
          queries: [
            { expr: "max(nexus_jobs_waiting{*})", legend: "waiting" },
            { expr: "max(nexus_jobs_oldest_seconds{*})", legend: "oldest, in s" },
          ],
        },
        {
          title: "CPU of workers",
          description: "Cores that each uses.",
          unit: "cores",
          queries: [
            {
              expr: 'sum by (pod) (rate(process_cpu_seconds_total{*, component="worker"}[$__rate_interval]))',
              legend: "{{pod}}",
            },
          ],
        },
        {
          title: "Memory of workers",
          description: "Resident memory of each.",
          unit: "bytes",
          queries: [
            {
              expr: 'sum by (pod) (process_resident_memory_bytes{*, component="worker"})',
              legend: "{{pod}}",
            },
          ],
        },
      ],
    },
  ],
};
