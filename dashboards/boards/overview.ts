import { type Board, quantile, quantiles, rate } from "../board.ts";
import { slos } from "../rules/slo.ts";

const left = (slo: (typeof slos)[number]) =>
  `1 - sum(${slo.record("3d")}{*}) / ${slo.budget}`.replace("sum(", "max(");

/** Whether people can write to each other now, and how much of what was promised is used up. */
export const overview: Board = {
  uid: "overview",
  title: "Overview",
  description: "Promises kept, traffic, errors, latency and saturation of a chat cluster.",
  scope: "cluster",
  rows: [
    {
      title: "Promises (last 3 days)",
      panels: [
        ...slos.map((slo) => ({
          title: slo.title,
          description: `${slo.description} What is left of the error budget of three days; below 0 the promise was broken.`,
          unit: "percentunit",
          stat: true as const,
          max: 1,
          queries: [{ expr: left(slo), legend: "left" }],
          thresholds: { warnBelow: 0.5, badBelow: 0 },
          width: 6,
        })),
        {
          title: "Canary",
          description:
            "1 while the last message of the synthetic users arrived (or there is no canary: CANARY_INTERVAL is 0).",
          unit: "short",
          stat: true,
          queries: [{ expr: "min(nexus_canary_ok{*})", legend: "sings" }],
          thresholds: { warnBelow: 1, badBelow: 1 },
          width: 6,
        },
      ],
    },
    {
      title: "Now",
      panels: [
        {
          title: "Connections",
          description: "Open sockets of all gateways.",
          unit: "short",
          stat: true,
          queries: [{ expr: "sum(nexus_connections{*})", legend: "open" }],
        },
        {
          title: "Messages",
          description: "Acknowledged a second.",
          unit: "mps",
          stat: true,
          queries: [{ expr: rate("nexus_messages_sent_total", "", 'outcome="sent"'), legend: "sent" }],
        },
        {
          title: "Gateways",
          description: "That answer to Prometheus.",
          unit: "short",
          stat: true,
          queries: [{ expr: 'sum(up{*, component="gateway"})', legend: "up" }],
          thresholds: { warnBelow: 2, badBelow: 1 },
        },
        {
          title: "Redis",
          description:
            "1 while every process reaches it. Without it no message is lost, but live delivery between gateways stops.",
          unit: "short",
          stat: true,
          queries: [{ expr: "min(nexus_redis_up{*})", legend: "up" }],
          thresholds: { warnBelow: 1, badBelow: 1 },
        },
        {
          title: "Postgres",
          description: "1 while every process reaches it. Without it nothing can be sent.",
          unit: "short",
          stat: true,
          queries: [{ expr: "min(nexus_postgres_up{*})", legend: "up" }],
          thresholds: { warnBelow: 1, badBelow: 1 },
        },
        {
          title: "Pushes waiting",
          description: "Jobs that are due and have not begun.",
          unit: "short",
          stat: true,
          queries: [{ expr: "max(nexus_jobs_waiting{*})", legend: "waiting" }],
          thresholds: { warn: 100, bad: 1000 },
        },
      ],
    },
    {
      title: "Golden signals",
      panels: [
        {
          title: "Traffic",
          description: "Requests a second, by transport.",
          unit: "reqps",
          queries: [{ expr: rate("nexus_requests_total", "transport"), legend: "{{transport}}" }],
        },
        {
          title: "Errors that are ours",
          description: "UNAVAILABLE and INTERNAL answers a second; what the client did wrong does not count.",
          unit: "reqps",
          queries: [
            { expr: rate("nexus_errors_total", "code", 'code=~"UNAVAILABLE|INTERNAL"'), legend: "{{code}}" },
            {
              expr: rate("nexus_connections_refused_total", "code", 'code=~"UNAVAILABLE|INTERNAL"'),
              legend: "connect: {{code}}",
            },
          ],
        },
        {
          title: "Latency",
          description: "Until a send is acknowledged, and until a receiver's device has confirmed it.",
          unit: "s",
          queries: [
            { expr: quantile(0.99, "nexus_send_seconds"), legend: "acknowledged, p99" },
            { expr: quantile(0.99, "nexus_delivery_seconds"), legend: "delivered, p99" },
          ],
          thresholds: { warn: 0.05, bad: 0.1 },
        },
        {
          title: "Saturation",
          description:
            "How busy the busiest gateway's event loop is, and how near the fullest is to its connections' limit.",
          unit: "percentunit",
          max: 1,
          queries: [
            { expr: 'max(nodejs_eventloop_utilization{*, component="gateway"})', legend: "event loop" },
            { expr: "max(nexus_connections{*} / nexus_connections_limit{*})", legend: "connections" },
          ],
          thresholds: { warn: 0.7, bad: 0.9 },
        },
        {
          title: "Canary's message",
          description: "From its emit on one gateway to its arrival on another.",
          unit: "s",
          queries: quantiles("nexus_canary_seconds"),
          thresholds: { warn: 0.05, bad: 0.1 },
        },
        {
          title: "Pushed after",
          description: "From a message's sending until Firebase took its push; 5 s of it are PUSH_DELAY.",
          unit: "s",
          queries: quantiles("nexus_push_seconds"),
          thresholds: { warn: 15, bad: 60 },
        },
      ],
    },
  ],
};
