import { type Board, quantiles, rate } from "../board.ts";

/** From the commit to the receivers' devices. */
export const delivery: Board = {
  uid: "delivery",
  title: "Delivery",
  description: "Live events: between gateways, to sockets, confirmed by devices; and what was missed.",
  scope: "cluster",
  rows: [
    {
      title: "On time",
      panels: [
        {
          title: "Confirmed after",
          description:
            "From a message's commit until a receiver's device said that it has it: network and client included. Dots are traces.",
          unit: "s",
          queries: quantiles("nexus_delivery_seconds"),
          thresholds: { warn: 0.05, bad: 0.1 },
        },
        {
          title: "Slower than 100 ms",
          description: "Share of the confirmations. The promise is 1%.",
          unit: "percentunit",
          queries: [{ expr: "max(nexus:delivery_slow:ratio_rate5m{*})", legend: "slow" }],
          thresholds: { warn: 0.005, bad: 0.01 },
        },
        {
          title: "Between gateways",
          description:
            "From publishing on one until the sockets of another were told, by Postgres' clock (right to a few ms).",
          unit: "s",
          queries: quantiles("nexus_publish_deliver_seconds"),
          thresholds: { warn: 0.02, bad: 0.1 },
        },
        {
          title: "Handed to sockets",
          description: "Events a second, by kind.",
          unit: "ops",
          queries: [{ expr: rate("nexus_events_delivered_total", "event"), legend: "{{event}}" }],
        },
      ],
    },
    {
      title: "Missed",
      panels: [
        {
          title: "Not told to other gateways",
          description: "Deliveries a second that Redis did not take. Clients find them by SYNC.",
          unit: "ops",
          queries: [
            { expr: rate("nexus_events_unpublished_total"), legend: "lost" },
            { expr: rate("nexus_events_published_total"), legend: "of" },
          ],
        },
        {
          title: "Gaps that clients found",
          description:
            "Conversations a second of which a device that was live had missed something, and asked for it.",
          unit: "ops",
          queries: [{ expr: rate("nexus_sync_gaps_total"), legend: "gaps" }],
        },
        {
          title: "Canary",
          description: "The synthetic users' messages a second, by what became of them.",
          unit: "ops",
          queries: [{ expr: rate("nexus_canary_messages_total", "outcome"), legend: "{{outcome}}" }],
        },
        {
          title: "Canaries at work",
          description: "Workers whose canary sings (CANARY_INTERVAL above 0).",
          unit: "short",
          queries: [{ expr: "sum(nexus_canary_on{*})", legend: "canaries" }],
        },
      ],
    },
  ],
};
