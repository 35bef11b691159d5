/**
 * How gateways tell one another. Both adapters are the Socket.IO team's; what is added is one verb:
 * `publish` tells the *other* gateways only, so that local sockets never wait for Redis, and with the
 * streams adapter many deliveries travel as one packet (each packet costs every gateway and Redis
 * 20 to 30 µs, however small it is).
 */
import { setTimeout as delay } from "node:timers/promises";
import { createShardedAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import type { Namespace } from "socket.io";
import { Adapter, MessageType } from "socket.io-adapter";
import type { Config } from "../config/settings.ts";
import type { Delivery } from "./delivery.ts";
import { isReady, type RedisClient } from "./redis.ts";
import { READ_BLOCK } from "./silence.ts";
import { keepSubscribed } from "./subscriptions.ts";

/** The stream, and what the names of channels begin with. */
export const STREAM = "nexus";
/** The namespace of all clients. */
export const NAMESPACE = "/ws";

export interface ClusterBus {
  /** For `new Server({adapter})`. */
  adapter: (namespace: Namespace) => Adapter;
  /**
   * Tells the other gateways. @returns false when they could not be told because Redis is away.
   * @param taken is called when Redis has taken all of it, or with the error when it has not.
   */
  publish(namespace: Namespace, deliveries: readonly Delivery[], taken?: (error?: unknown) => void): boolean;
  /** Whether other gateways can be told and heard at the moment. */
  readonly connected: boolean;
  /** Leaves the cluster and ends the connections that the adapter made for itself: they would keep the process. */
  close(): void;
}

/** What travels: a batch with the streams adapter, one room's packet with the sharded one. */
interface Carried {
  batch?: Delivery[];
  packet?: { data: [event: string, payload: object] };
  /** When it was published, by `ClusterListener.now`. */
  at?: number;
  trace?: string;
}

interface Published {
  uid?: string;
  type: MessageType;
  data?: Carried;
}

/** What the bus tells its gateway. */
export interface ClusterListener {
  /** ms, by a clock that all gateways share. */
  now(): number;
  /** What another gateway published, to be handed to local sockets. */
  received(deliveries: Delivery[], at: number | undefined): void;
  /** One packet of another gateway, which `hand` gives to local sockets (sharded adapter). */
  passing(
    packet: { event: string; payload: object; at: number | undefined; trace: string | undefined },
    hand: () => void,
  ): void;
  /** Redis refused so many deliveries after all, as a primary without its replicas does. */
  lost(deliveries: number): void;
}

/** The parts of socket.io-adapter's ClusterAdapter that are used here; they are its extension points. */
interface ClusterMember {
  uid: string;
  /** The streams adapter's, before the message is decoded. */
  onRawMessage?(raw: { uid: string }, offset: string): void;
  publish(message: Published): void;
  doPublish(message: Published): Promise<string>;
  onMessage(message: Published, offset?: string): void;
}

export function createClusterBus(
  config: Pick<Config, "REDIS_ADAPTER" | "REDIS_STREAM_MAXLEN">,
  redis: { publisher: RedisClient; subscriber: RedisClient } | undefined,
  listener: ClusterListener,
): ClusterBus {
  if (!redis)
    return {
      adapter: Adapter as unknown as ClusterBus["adapter"],
      publish(_namespace, _deliveries, taken) {
        taken?.();
        return true;
      },
      connected: true,
      close() {},
    };
  const sharded = config.REDIS_ADAPTER === "sharded";
  const adapters: Adapter[] = [];
  const connections = trackDuplicates(redis.publisher);
  const factory = sharded
    ? createShardedAdapter(redis.publisher, keepSubscribed(redis.subscriber), {
        subscriptionMode: "dynamic-private",
      })
    : createStreamsAdapter(redis.publisher, {
        streamName: STREAM,
        channelPrefix: STREAM,
        maxLen: config.REDIS_STREAM_MAXLEN,
        readCount: 500,
        blockTimeInMs: READ_BLOCK,
        // Nothing that we send holds binary data, and looking for it walks every packet.
        onlyPlaintext: true,
      });

  let placing: NodeJS.Timeout | undefined;

  /**
   * Until its first entry the streams adapter reads from "$", and misses what is written between two reads:
   * on an idle platform that may be somebody's first message. So it gets an entry without any deliveries.
   */
  function takePlace(member: ClusterMember): void {
    placing = setInterval(() => {
      if (isReady(redis?.publisher)) member.publish({ type: MessageType.BROADCAST, data: { batch: [] } });
    }, 250).unref();
  }

  /** Who wants to know when Redis has answered. */
  const waiting = new WeakMap<Published, (error?: unknown) => void>();

  function followPublishing(member: ClusterMember): void {
    const doPublish = member.doPublish.bind(member);
    member.doPublish = (message) => {
      const published = doPublish(message);
      if (message.type !== MessageType.BROADCAST) return published;
      const taken = waiting.get(message);
      published.then(
        () => taken?.(),
        (error) => {
          listener.lost(message.data?.batch?.length ?? 1);
          taken?.(error);
        },
      );
      return published;
    };
  }

  function receiveBatches(member: ClusterMember): void {
    const onMessage = member.onMessage.bind(member);
    // Every gateway reads its own packets too: they are left undecoded, which halves that work.
    const onRawMessage = member.onRawMessage?.bind(member);
    if (onRawMessage)
      member.onRawMessage = (raw, offset) => {
        clearInterval(placing); // whatever was read, the place is known from now on
        if (raw.uid !== member.uid) onRawMessage(raw, offset);
      };
    member.onMessage = (message, offset) => {
      const carried = message.type === MessageType.BROADCAST ? message.data : undefined;
      if (carried?.batch !== undefined) {
        if (message.uid !== member.uid) listener.received(carried.batch, carried.at);
      } else if (carried?.packet !== undefined && message.uid !== member.uid) {
        const [event, payload] = carried.packet.data;
        const { at, trace } = carried;
        listener.passing({ event, payload, at, trace }, () => onMessage(message, offset));
      } else onMessage(message, offset);
    };
  }

  // Socket.IO calls it with `new`, which a method would not take.
  function createAdapter(namespace: Namespace): Adapter {
    const adapter = factory(namespace);
    receiveBatches(adapter as unknown as ClusterMember);
    followPublishing(adapter as unknown as ClusterMember);
    if (!sharded && adapters.length === 0) takePlace(adapter as unknown as ClusterMember);
    adapters.push(adapter);
    return adapter;
  }

  return {
    adapter: createAdapter,
    publish(namespace, deliveries, taken) {
      if (!isReady(redis.publisher)) return false;
      const member = namespace.adapter as unknown as ClusterMember;
      const at = Math.round(listener.now());
      const messages: Published[] = sharded
        ? deliveries.flatMap((delivery) => toPackets(delivery, at))
        : [{ type: MessageType.BROADCAST, data: { batch: deliveries as Delivery[], at } }];
      const last = messages.at(-1);
      if (taken && last) waiting.set(last, taken);
      for (const message of messages) member.publish(message);
      return true;
    },
    get connected() {
      return isReady(redis.publisher);
    },
    close() {
      clearInterval(placing);
      // All of them, the unused default namespace's too: the streams adapter polls until the last is closed.
      for (const adapter of adapters) adapter.close();
      // Its poll would otherwise end only with the block of its XREAD, and never while Redis is away.
      for (const connection of connections) {
        connection.disconnect();
        // The poll does so once more, and then ioredis would hold the process for another 2 s.
        connection.disconnect = () => {};
      }
    },
  };
}

/** A read that failed at once is not tried again at once: the adapter's poll would leave no time for anything else. */
const READ_PAUSE = 200;

/**
 * The connections that others make from this one; the streams adapter offers no way to end them. They read:
 * what waits when the connection is lost is asked again, since ioredis would otherwise neither answer nor fail
 * it, and the adapter's poll would wait for it for ever.
 */
function trackDuplicates(client: RedisClient): RedisClient[] {
  const made: RedisClient[] = [];
  const duplicate = client.duplicate.bind(client) as (...args: never[]) => RedisClient;
  Object.assign(client, {
    duplicate(...args: never[]) {
      const copy = duplicate(...args);
      Object.assign(copy.options, { autoResendUnfulfilledCommands: true });
      const xread = copy.xread.bind(copy) as (...values: unknown[]) => Promise<unknown>;
      Object.assign(copy, {
        xread: (...values: unknown[]) =>
          xread(...values).catch(async (error: unknown) => {
            await delay(READ_PAUSE);
            throw error;
          }),
      });
      made.push(copy);
      return copy;
    },
  });
  return made;
}

/** One broadcast for each room: sharded Pub/Sub carries each only to the gateways that have the room. */
export function toPackets(delivery: Delivery, at: number): Published[] {
  const broadcast = (room: string, except: readonly string[], payload: object): Published => ({
    type: MessageType.BROADCAST,
    data: {
      at,
      ...(delivery.trace !== undefined && { trace: delivery.trace }),
      packet: { type: 2, nsp: NAMESPACE, data: [delivery.event, payload] },
      opts: { rooms: [room], except, flags: {} },
    } as Carried,
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
