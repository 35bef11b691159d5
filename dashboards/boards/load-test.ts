import { type Board, quantile, rate } from "../board.ts";

const k6 = "k6 writes it only while a load test runs with its Prometheus output";

/** What the load generator sees beside what the platform spends on it. */
export const loadTest: Board = {
  uid: "load-test",
  title: "Load test",
  description:
    "k6's own figures above what the platform does meanwhile: does it keep up, and where does it end?",
  scope: "cluster",
  rows: [
    {
      title: "k6",
      panels: [
        {
          title: "Virtual users",
          description: "Of k6; each may hold many sockets.",
          unit: "short",
          quiet: k6,
          queries: [{ expr: "sum(k6_vus)", legend: "users" }],
        },
        {
          title: "Checks that held",
          description: "Share of k6's checks.",
          unit: "percentunit",
          max: 1,
          quiet: k6,
          queries: [{ expr: "avg(k6_checks_rate)", legend: "held" }],
          thresholds: { warnBelow: 1, badBelow: 0.99 },
        },
        {
          title: "As clients see it",
          description: "k6's own p99, from when each message was due: until acknowledged, until delivered.",
          unit: "s",
          quiet: k6,
          queries: [
            { expr: "max(k6_chat_acknowledgement_p99)", legend: "acknowledged" },
            { expr: "max(k6_chat_delivery_p99)", legend: "delivered" },
          ],
          thresholds: { warn: 0.05, bad: 0.1 },
        },
        {
          title: "Broken promises",
          description:
            "What k6 counted: messages lost, seen twice, out of order, or shown to strangers. Each must stay 0.",
          unit: "short",
          quiet: k6,
          queries: ["lost", "duplicates", "disorder", "strangers"].map((what) => ({
            expr: `sum(k6_chat_${what}_total)`,
            legend: what,
          })),
          thresholds: { warn: 1, bad: 1 },
        },
      ],
    },
    {
      title: "Offered and carried",
      panels: [
        {
          title: "Sends",
          description:
            "That arrived at gateways, and that were acknowledged, a second. They part where the platform ends.",
          unit: "mps",
          queries: [
            { expr: rate("nexus_requests_total", "", 'request="NEW_MESSAGE"'), legend: "arrived" },
            { expr: rate("nexus_messages_sent_total"), legend: "acknowledged" },
          ],
        },
        {
          title: "Latency",
          description: "p99 of each leg.",
          unit: "s",
          queries: [
            { expr: quantile(0.99, "nexus_commit_seconds"), legend: "statement" },
            { expr: quantile(0.99, "nexus_send_seconds"), legend: "acknowledged" },
            { expr: quantile(0.99, "nexus_publish_deliver_seconds"), legend: "between gateways" },
            { expr: quantile(0.99, "nexus_delivery_seconds"), legend: "confirmed" },
          ],
          thresholds: { warn: 0.05, bad: 0.1 },
        },
        {
          title: "Connections",
          description: "Open, and accepted a second.",
          unit: "short",
          queries: [
            { expr: "sum(nexus_connections{*})", legend: "open" },
            { expr: rate("nexus_connected_total"), legend: "accepted a second" },
          ],
        },
        {
          title: "Cost of a message",
          description: "CPU of gateways and workers for each message that was acknowledged.",
          unit: "s",
          quiet: "while no message is sent",
          queries: [
            {
              expr: `sum(rate(process_cpu_seconds_total{*}[$__rate_interval])) / (${rate("nexus_messages_sent_total")} > 0)`,
              legend: "CPU",
            },
          ],
        },
        {
          title: "CPU",
          description: "Cores used by each gateway.",
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
          title: "Memory of a connection",
          description: "Resident memory of gateways by their connections; of use with thousands of them.",
          unit: "bytes",
          quiet: "without connections",
          queries: [
            {
              expr: 'sum(process_resident_memory_bytes{*, component="gateway"}) / (sum(nexus_connections{*}) > 0)',
              legend: "each",
            },
          ],
        },
      ],
    },
  ],
};
