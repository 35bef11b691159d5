import { type Board, quantiles, rate } from "../board.ts";

/** From a send's arrival to its acknowledgement. */
export const messaging: Board = {
  uid: "messaging",
  title: "Messaging",
  description: "Sends: how many, how fast they are written, what waits, what was sent twice.",
  scope: "cluster",
  rows: [
    {
      title: "Sends",
      panels: [
        {
          title: "Acknowledged",
          description:
            "A second, by transport. Duplicates are repeats that were recognised: nobody sees them.",
          unit: "mps",
          queries: [
            {
              expr: rate("nexus_messages_sent_total", "transport, outcome"),
              legend: "{{transport}}, {{outcome}}",
            },
          ],
        },
        {
          title: "Until acknowledged",
          description: "From a send's arrival at the gateway. Dots are traces.",
          unit: "s",
          queries: quantiles("nexus_send_seconds"),
          thresholds: { warn: 0.05, bad: 0.2 },
        },
        {
          title: "The statement",
          description:
            "Duration of the one that writes messages. If this is high, look at Postgres; if only the acknowledgement is, at the gateway.",
          unit: "s",
          queries: quantiles("nexus_commit_seconds"),
          thresholds: { warn: 0.05, bad: 0.2 },
        },
        {
          title: "Messages in a statement",
          description: "More under load: they gather while one is under way. 200 at the most.",
          unit: "short",
          queries: [
            ...quantiles("nexus_send_batch_size"),
            {
              expr: `${rate("nexus_send_batch_size_sum")} / ${rate("nexus_send_batch_size_count")}`,
              legend: "average",
            },
          ],
          thresholds: { warn: 100, bad: 200 },
        },
        {
          title: "Waiting to be written",
          description:
            "Sends in the gateways' queues. It grows while Postgres is away; after 5 s they are answered UNAVAILABLE.",
          unit: "short",
          queries: [{ expr: "sum by (pod) (nexus_sends_waiting{*})", legend: "{{pod}}" }],
          thresholds: { warn: 200, bad: 1000 },
        },
        {
          title: "Oldest of them",
          description: "How long it has waited.",
          unit: "s",
          queries: [{ expr: "max by (pod) (nexus_sends_oldest_seconds{*})", legend: "{{pod}}" }],
          thresholds: { warn: 1, bad: 5 },
        },
      ],
    },
    {
      title: "Catching up",
      panels: [
        {
          title: "SYNC",
          description: "Answers a second over the socket; limited ones had more to tell.",
          unit: "ops",
          queries: [{ expr: rate("nexus_syncs_total", "limited"), legend: "limited: {{limited}}" }],
        },
        {
          title: "Messages by SYNC",
          description: "A second. Much after an outage or a roll, little otherwise.",
          unit: "mps",
          queries: [{ expr: rate("nexus_sync_messages_total"), legend: "messages" }],
        },
      ],
    },
  ],
};
