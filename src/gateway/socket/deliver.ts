/**
 * From deliveries to sockets. Local sockets are told at once; the other gateways in one packet for all
 * deliveries of a turn of the event loop.
 */
import type { ClusterBus } from "../../bus/adapter.ts";
import type { Delivery } from "../../bus/delivery.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { Rooms } from "./rooms.ts";
import type { ChatNamespace } from "./types.ts";

export interface Deliverer {
  /** Tells local sockets and, soon, the other gateways. Never throws, never waits. */
  deliver(delivery: Delivery): void;
  /** Tells local sockets what another gateway published. */
  receive(deliveries: readonly Delivery[]): void;
  /** Publishes what still waits. */
  flush(): void;
}

export function createDeliverer(
  namespace: ChatNamespace,
  bus: Pick<ClusterBus, "publish">,
  rooms: Pick<Rooms, "ensure">,
  metrics: Pick<Metrics, "eventDelivered" | "eventUnpublished">,
): Deliverer {
  let outgoing: Delivery[] = [];

  function flush(): void {
    if (outgoing.length === 0) return;
    const deliveries = outgoing;
    outgoing = [];
    if (!bus.publish(namespace, deliveries)) for (const _ of deliveries) metrics.eventUnpublished();
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

  function emit({ event, payload, rooms: to, except, echo }: Delivery): void {
    const present = namespace.adapter.rooms;
    const targets = to.filter((room) => present.has(room) && !except?.includes(room));
    if (targets.length > 0) {
      metrics.eventDelivered(event);
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

  function fromAfar(delivery: Delivery): void {
    const late = delivery.sentAt === undefined ? [] : newcomers(delivery);
    local(late.length === 0 ? delivery : { ...delivery, except: [...(delivery.except ?? []), ...late] });
  }

  return {
    deliver(delivery) {
      if (outgoing.length === 0) setImmediate(flush);
      outgoing.push(delivery);
      local(delivery);
    },
    receive: (deliveries) => deliveries.forEach(fromAfar),
    flush,
  };
}
