import type { Metrics } from "../../telemetry/metrics.ts";

/** How many deliveries are remembered at least; twice as many at the most. About 1 MB. */
const REMEMBERED = 5000;

export type Confirmations = ReturnType<typeof createConfirmations>;

/**
 * How long it takes from a message's commit until a receiver's device confirms it. Of the messages handed to sockets
 * here lately it is remembered when they were committed; a confirmation of an older one is not counted.
 * @param now ms by Postgres' clock, as the commits' times are.
 */
export function createConfirmations(now: () => number, metrics: Pick<Metrics, "deliveryConfirmed">) {
  let recent = new Map<string, number>();
  let older = new Map<string, number>();
  const traces = new Map<string, string>();

  return {
    /** A message was handed to sockets here. */
    told(conversationId: string, seq: number, sentAt: number, traceId?: string): void {
      const key = `${conversationId}${seq}`;
      recent.set(key, sentAt);
      if (traceId !== undefined) traces.set(key, traceId);
      if (recent.size < REMEMBERED) return;
      older = recent;
      recent = new Map();
      for (const traced of traces.keys()) if (!older.has(traced)) traces.delete(traced);
    },
    /** A device says that everything up to `seq` has reached it. */
    confirmed(conversationId: string, seq: number): void {
      const key = `${conversationId}${seq}`;
      const sentAt = recent.get(key) ?? older.get(key);
      if (sentAt !== undefined) metrics.deliveryConfirmed((now() - sentAt) / 1000, traces.get(key));
    },
  };
}
