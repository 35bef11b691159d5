/**
 * How gateways tell one another. Both adapters are the Socket.IO team's; what is added is one verb:
 * `publish` tells the *other* gateways only, so that local sockets never wait for Redis, and with the
 * streams adapter many deliveries travel as one packet (each packet costs every gateway and Redis
 * 20 to 30 µs, however small it is).
 */
import { createShardedAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import type { Namespace } from "socket.io";
import { Adapter, MessageType } from "socket.io-adapter";
import type { Config } from "../config/settings.ts";
import type { Delivery } from "./delivery.ts";
import { isReady, type RedisClient } from "./redis.ts";

export interface ClusterBus {
  /** For `new Server({adapter})`. */
  adapter: (namespace: Namespace) => Adapter;
  /** Tells the other gateways. @returns false when they could not be told because Redis is away. */
  publish(namespace: Namespace, deliveries: readonly Delivery[]): boolean;
  /** Whether other gateways can be told and heard at the moment. */
  readonly connected: boolean;
}

/** The parts of socket.io-adapter's ClusterAdapter that are used here; they are its extension points. */
interface ClusterMember {
  uid: string;
  publish(message: { type: MessageType; data: object }): void;
  onMessage(
    message: { uid?: string; type: MessageType; data?: { batch?: Delivery[] } },
    offset?: string,
  ): void;
}

/**
 * @param onDeliveries gets what another gateway published, to hand it to local sockets.
 */
export function createClusterBus(
  config: Pick<Config, "REDIS_ADAPTER" | "REDIS_STREAM_MAXLEN">,
  redis: { publisher: RedisClient; subscriber: RedisClient } | undefined,
  onDeliveries: (deliveries: Delivery[]) => void,
): ClusterBus {
  if (!redis) return { adapter: Adapter as unknown as ClusterBus["adapter"], publish: () => true, connected: true };
  const sharded = config.REDIS_ADAPTER === "sharded";
  const factory = sharded
    ? createShardedAdapter(redis.publisher, redis.subscriber, { subscriptionMode: "dynamic-private" })
    : createStreamsAdapter(redis.publisher, {
        streamName: "nexus",
        channelPrefix: "nexus",
        maxLen: config.REDIS_STREAM_MAXLEN,
        readCount: 500,
        // Nothing that we send holds binary data, and looking for it walks every packet.
        onlyPlaintext: true,
      });

  function receiveBatches(member: ClusterMember): void {
    const onMessage = member.onMessage.bind(member);
    member.onMessage = (message, offset) => {
      const batch = message.type === MessageType.BROADCAST ? message.data?.batch : undefined;
      if (batch === undefined) onMessage(message, offset);
      else if (message.uid !== member.uid) onDeliveries(batch);
    };
  }

  // Socket.IO calls it with `new`, which a method would not take.
  function createAdapter(namespace: Namespace): Adapter {
    const adapter = factory(namespace);
    receiveBatches(adapter as unknown as ClusterMember);
    return adapter;
  }

  return {
    adapter: createAdapter,
    publish(namespace, deliveries) {
      if (!isReady(redis.publisher)) return false;
      const member = namespace.adapter as unknown as ClusterMember;
      if (!sharded) member.publish({ type: MessageType.BROADCAST, data: { batch: deliveries } });
      else for (const packet of deliveries.flatMap(toPackets)) member.publish(packet);
      return true;
    },
    get connected() {
      return isReady(redis.publisher);
    },
  };
}

/** One broadcast for each room: sharded Pub/Sub carries each only to the gateways that have the room. */
function toPackets(delivery: Delivery): { type: MessageType; data: object }[] {
  const broadcast = (room: string, except: readonly string[], payload: object) => ({
    type: MessageType.BROADCAST,
    data: {
      packet: { type: 2, nsp: "/ws", data: [delivery.event, payload] },
      opts: { rooms: [room], except, flags: {} },
    },
  });
  const excluded = delivery.except ?? [];
  const packets = delivery.rooms
    .filter((room) => !excluded.includes(room))
    .map((room) => broadcast(room, excluded, delivery.payload));
  const { echo } = delivery;
  if (echo)
    packets.push(
      broadcast(echo.room, echo.except ? [echo.except] : [], { ...delivery.payload, ...echo.add }),
    );
  return packets;
}
