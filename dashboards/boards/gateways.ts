import { type Board, quantile, rate } from "../board.ts";

/** Each gateway as a process: who is connected, how busy it is, how it drains. */
export const gateways: Board = {
  uid: "gateways",
  title: "Gateways",
  description: "Connections, event loop, memory and draining of each gateway.",
  scope: "cluster",
  rows: [
    {
      title: "Connections",
      panels: [
        {
          title: "Open",
          description: "Sockets of each gateway. After a roll they even out as clients come back.",
          unit: "short",
          stacked: true,
          queries: [{ expr: "sum by (pod) (nexus_connections{*})", legend: "{{pod}}" }],
        },
        {
          title: "Opened, and sent elsewhere",
          description:
            "Sockets accepted a second, and moved by a gateway that stops. A peak after a gateway was lost is the reconnect storm.",
          unit: "ops",
          queries: [
            { expr: rate("nexus_connected_total"), legend: "accepted" },
            { expr: rate("nexus_drained_total"), legend: "sent elsewhere" },
          ],
        },
        {
          title: "Refused",
          description:
            "Handshakes refused a second, by code: UNAUTHENTICATED is a token, UNAVAILABLE a full or draining gateway or Postgres.",
          unit: "ops",
          queries: [
            {
              expr: `${rate("nexus_connections_refused_total", "code")} > 0 or vector(0)`,
              legend: "{{code}}",
            },
          ],
        },
        {
          title: "Ended by the gateway",
          description: "By reason: another connection of the same device, an expired token, no activity.",
          unit: "ops",
          queries: [{ expr: rate("nexus_forced_disconnects_total", "reason"), legend: "{{reason}}" }],
        },
        {
          title: "Draining",
          description:
            "Gateways between their signal to stop and their end; longer than the grace period they do not live.",
          unit: "short",
          queries: [{ expr: "sum by (pod) (nexus_draining{*})", legend: "{{pod}}" }],
        },
        {
          title: "Share of the limit",
          description: "Connections of WS_MAX_CONNECTIONS; at 1 clients are refused and try another gateway.",
          unit: "percentunit",
          max: 1,
          queries: [
            { expr: "max by (pod) (nexus_connections{*} / nexus_connections_limit{*})", legend: "{{pod}}" },
          ],
          thresholds: { warn: 0.8, bad: 0.9 },
        },
      ],
    },
    {
      title: "Process",
      panels: [
        {
          title: "CPU",
          description: "Cores used. A gateway cannot use much more than one.",
          unit: "cores",
          queries: [
            {
              expr: 'sum by (pod) (rate(process_cpu_seconds_total{*, component="gateway"}[$__rate_interval]))',
              legend: "{{pod}}",
            },
          ],
          thresholds: { warn: 0.8, bad: 1 },
        },
        {
          title: "Event loop busy",
          description: "Share of the time since the last scrape in which it had something to do.",
          unit: "percentunit",
          max: 1,
          queries: [
            {
              expr: 'max by (pod) (nodejs_eventloop_utilization{*, component="gateway"})',
              legend: "{{pod}}",
            },
          ],
          thresholds: { warn: 0.7, bad: 0.9 },
        },
        {
          title: "Event-loop delay",
          description: "How long others waited for the event loop, p99 and longest since the last scrape.",
          unit: "s",
          queries: [
            {
              expr: 'max by (pod) (nodejs_eventloop_lag_p99_seconds{*, component="gateway"})',
              legend: "p99, {{pod}}",
            },
            {
              expr: 'max by (pod) (nodejs_eventloop_lag_max_seconds{*, component="gateway"})',
              legend: "longest, {{pod}}",
            },
          ],
          thresholds: { warn: 0.1, bad: 0.25 },
        },
        {
          title: "Collecting garbage",
          description: "Share of the time.",
          unit: "percentunit",
          queries: [
            {
              expr: 'sum by (pod) (rate(nodejs_gc_seconds_total{*, component="gateway"}[$__rate_interval]))',
              legend: "{{pod}}",
            },
          ],
          thresholds: { warn: 0.05, bad: 0.15 },
        },
        {
          title: "Memory",
          description: "Resident, and of it V8's heap in use: 17 KB for an idle connection.",
          unit: "bytes",
          queries: [
            {
              expr: 'sum by (pod) (process_resident_memory_bytes{*, component="gateway"})',
              legend: "resident, {{pod}}",
            },
            {
              expr: 'sum by (pod) (nodejs_heap_size_used_bytes{*, component="gateway"})',
              legend: "heap, {{pod}}",
            },
          ],
        },
        {
          title: "Age",
          description: "Since the start. A line that falls is a restart.",
          unit: "s",
          queries: [
            {
              expr: 'time() - max by (pod) (process_start_time_seconds{*, component="gateway"})',
              legend: "{{pod}}",
            },
          ],
        },
      ],
    },
    {
      title: "Requests",
      panels: [
        {
          title: "By event and route",
          description: "Requests a second.",
          unit: "reqps",
          queries: [
            {
              expr: `topk(12, ${rate("nexus_requests_total", "transport, request")})`,
              legend: "{{transport}} {{request}}",
            },
          ],
        },
        {
          title: "Failed, by code",
          description: "Answers that said no, a second.",
          unit: "reqps",
          queries: [{ expr: rate("nexus_errors_total", "code"), legend: "{{code}}" }],
        },
        {
          title: "REST",
          description: "Duration of REST requests, probes aside.",
          unit: "s",
          queries: [
            { expr: quantile(0.5, "nexus_rest_seconds"), legend: "p50" },
            { expr: quantile(0.99, "nexus_rest_seconds"), legend: "p99" },
          ],
          thresholds: { warn: 0.2, bad: 1 },
        },
        {
          title: "Refused by a limit",
          description:
            "Requests a second, by limit; and limits that each gateway counted alone since Redis was away.",
          unit: "reqps",
          queries: [
            { expr: rate("nexus_rate_limited_total", "limit"), legend: "{{limit}}" },
            { expr: rate("nexus_rate_limits_local_total"), legend: "counted alone" },
          ],
        },
      ],
    },
  ],
};
