import type { Transport } from "./connection-metrics.ts";
import type { Families } from "./families.ts";

/** A message's way: accepted, written, published, delivered, confirmed, caught up with. */
export function messageMetrics({ counter, asked, histogram }: Families) {
  const sent = counter("nexus_messages_sent_total", "Messages acknowledged; outcome: sent or duplicate", {
    outcome: ["sent", "duplicate"],
    transport: ["socket", "rest"],
  });
  const sendSeconds = histogram(
    "nexus_send_seconds",
    "From a send's arrival at the gateway to its acknowledgement",
  );
  const batchSize = histogram(
    "nexus_send_batch_size",
    "Messages written by one statement",
    [1, 2, 5, 10, 20, 50, 100, 200, 500],
  );
  const commitSeconds = histogram("nexus_commit_seconds", "Duration of the statement that writes messages");
  const delivered = counter(
    "nexus_events_delivered_total",
    "Events handed to local sockets' rooms, by event",
    {},
    ["event"],
  );
  const published = counter(
    "nexus_events_published_total",
    "Deliveries that other gateways were to be told of",
  );
  const unpublished = counter(
    "nexus_events_unpublished_total",
    "Those of them that they were not told of because Redis was away or refused them",
  );
  const publishSeconds = histogram(
    "nexus_publish_deliver_seconds",
    "From a packet's publishing on another gateway until its sockets here were told",
  );
  const deliverySeconds = histogram(
    "nexus_delivery_seconds",
    "From a message's commit until a receiver's device confirmed it to this gateway",
  );
  const syncs = counter("nexus_syncs_total", "SYNC answers; limited: whether there was more", {
    limited: ["false", "true"],
  });
  const syncRows = counter("nexus_sync_messages_total", "Messages in SYNC answers");
  const gaps = counter(
    "nexus_sync_gaps_total",
    "Conversations of which a device that was live had missed something, and found it by SYNC",
  );

  return {
    messageAcknowledged(
      outcome: "sent" | "duplicate",
      transport: Transport,
      seconds: number,
      traceId?: string,
    ) {
      sent.inc({ outcome, transport });
      sendSeconds.note(seconds, traceId);
    },
    batchWritten(size: number, seconds: number) {
      batchSize.note(size);
      commitSeconds.note(seconds);
    },
    eventDelivered: (event: string) => delivered.inc({ event }),
    eventsPublished: (count: number) => published.add(count),
    eventsLost: (count: number) => unpublished.add(count),
    packetArrived: (seconds: number) => publishSeconds.note(Math.max(0, seconds)),
    deliveryConfirmed: (seconds: number, traceId?: string) =>
      deliverySeconds.note(Math.max(0, seconds), traceId),
    synced(rows: number, limited: boolean) {
      syncs.inc({ limited: String(limited) });
      syncRows.add(rows);
    },
    gapsFound: (conversations: number) => gaps.add(conversations),
    /** The send queue, asked at each scrape. */
    watchSends(waiting: () => { count: number; oldest: number }) {
      asked("nexus_sends_waiting", "Messages that wait to be written", () => waiting().count);
      asked("nexus_sends_oldest_seconds", "How long the oldest of them has waited", () => waiting().oldest);
    },
  };
}
