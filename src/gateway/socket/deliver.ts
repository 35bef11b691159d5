/**
 * From deliveries to sockets. Local sockets are told at once; the other gateways in one packet for all
 * deliveries of a turn of the event loop.
 */
import type { ClusterBus } from "../../bus/adapter.ts";
import type { Delivery } from "../../bus/delivery.ts";
import type { Message } from "../../protocol/message.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { Attributes, Span, Traces } from "../../telemetry/traces.ts";
import type { Confirmations } from "./confirmations.ts";
import type { Rooms } from "./rooms.ts";
import type { ChatNamespace } from "./types.ts";

export interface Deliverer {
  /** Tells local sockets and, soon, the other gateways. Never throws, never waits. */
  deliver(delivery: Delivery): void;
  /** Tells local sockets what another gateway published. */
  receive(deliveries: readonly Delivery[]): void;
  /** The same with the sharded adapter: `hand` gives the packet to local sockets. */
  pass(packet: { event: string; payload: object; trace: string | undefined }, hand: () => void): void;
  /** Publishes what still waits. */
  flush(): void;
}

export interface DeliverDependencies {
  namespace: ChatNamespace;
  bus: Pick<ClusterBus, "publish">;
  rooms: Pick<Rooms, "ensure">;
  metrics: Pick<Metrics, "eventDelivered" | "eventsPublished" | "eventsLost">;
  confirmations: Pick<Confirmations, "told">;
  traces: Pick<Traces, "follow">;
}

export function createDeliverer(deps: DeliverDependencies): Deliverer {
  const { namespace, bus, rooms, metrics, confirmations, traces } = deps;
  let outgoing: Delivery[] = [];

  function flush(): void {
    if (outgoing.length === 0) return;
    const deliveries = outgoing;
    outgoing = [];
    const spans = deliveries.some(({ trace }) => trace !== undefined) ? publishing(deliveries) : undefined;
    const taken =
      spans &&
      ((error?: unknown) => {
        for (const span of spans) span.end(error);
      });
    metrics.eventsPublished(deliveries.length);
    if (bus.publish(namespace, deliveries, taken)) return;
    metrics.eventsLost(deliveries.length);
    taken?.(Object.assign(new Error("Redis is away"), { code: "UNAVAILABLE" }));
  }

  /** A span for each traced delivery, which goes on elsewhere under it. */
  function publishing(deliveries: Delivery[]): Span[] {
    const spans: Span[] = [];
    for (const [index, delivery] of deliveries.entries()) {
      const span =
        delivery.trace && traces.follow(delivery.trace, "publish nexus", "producer", ofRedis("send"));
      if (!span) continue;
      span.set({ "messaging.batch.message_count": deliveries.length });
      spans.push(span);
      deliveries[index] = { ...delivery, trace: span.traceparent };
    }
    return spans;
  }

  function local(delivery: Delivery): void {
    if (delivery.membersVersion === undefined) emit(delivery);
    else {
      // As a rule nothing waits; after a change of members that this gateway missed, the room is set right first.
      const refreshing = rooms.ensure(delivery.rooms[0] as string, delivery.membersVersion);
      if (refreshing) refreshing.then((fresh) => fresh && emit(delivery));
      else emit(delivery);
    }
  }

  function emit(delivery: Delivery): void {
    const { event, payload, rooms: to, except, echo, trace } = delivery;
    const present = namespace.adapter.rooms;
    const targets = to.filter((room) => present.has(room) && !except?.includes(room));
    if (targets.length > 0) {
      metrics.eventDelivered(event);
      if (event === "NEW_MESSAGE") {
        const { conversationId, seq } = payload as Message;
        confirmations.told(conversationId, seq, delivery.sentAt ?? Number.NaN, trace?.slice(3, 35));
      }
      namespace.local
        .to(targets)
        .except((except ?? []) as string[])
        .emit(event, payload);
    }
    const own = echo && present.get(echo.room);
    if (!own || (own.size === 1 && echo.except !== undefined && own.has(echo.except))) return;
    namespace.local
      .to(echo.room)
      .except([...(echo.except ? [echo.except] : []), ...(except ?? []).filter((room) => room !== echo.room)])
      .emit(event, { ...payload, ...echo.add });
  }

  /** Sockets here that connected after the delivery was sent. */
  function newcomers({ rooms: to, echo, sentAt = Number.POSITIVE_INFINITY }: Delivery): string[] {
    const found: string[] = [];
    for (const room of echo ? [...to, echo.room] : to)
      for (const id of namespace.adapter.rooms.get(room) ?? [])
        if ((namespace.sockets.get(id)?.data.liveSince ?? 0) > sentAt) found.push(id);
    return found;
  }

  /** The span of handing over what another gateway published, while it is traced. */
  function processing({ event, trace }: { event: string; trace?: string | undefined }): Span | undefined {
    if (!trace) return undefined;
    return traces.follow(trace, `process ${event}`, "consumer", ofRedis("process"));
  }

  function fromAfar(delivery: Delivery): void {
    const span = processing(delivery);
    const late = delivery.sentAt === undefined ? [] : newcomers(delivery);
    local(late.length === 0 ? delivery : { ...delivery, except: [...(delivery.except ?? []), ...late] });
    span?.end();
  }

  return {
    deliver(delivery) {
      if (outgoing.length === 0) setImmediate(flush);
      outgoing.push(delivery);
      local(delivery);
    },
    receive: (deliveries) => deliveries.forEach(fromAfar),
    pass({ event, payload, trace }, hand) {
      const span = processing({ event, trace });
      hand();
      span?.end();
      if (event !== "NEW_MESSAGE") return;
      const { conversationId, seq, timestamp } = payload as Message;
      confirmations.told(conversationId, seq, Date.parse(timestamp), trace?.slice(3, 35));
    },
    flush,
  };
}

/** By the semantic conventions for messaging. */
function ofRedis(operation: "send" | "process"): Attributes {
  return {
    "messaging.system": "redis",
    "messaging.destination.name": "nexus",
    "messaging.operation.type": operation,
    "messaging.operation.name": operation === "send" ? "publish" : "process",
  };
}
