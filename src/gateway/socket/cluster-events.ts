/**
 * What gateways tell one another besides deliveries: that a device connected (its earlier connection
 * ends, wherever it is) and that a conversation's members changed.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterBus } from "../../bus/adapter.ts";
import { userRoom } from "../../bus/delivery.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { forceDisconnect } from "./disconnect.ts";
import type { MembershipChanged, Rooms } from "./rooms.ts";
import type { ChatNamespace, ChatSocket } from "./types.ts";

/** How long a change of members waits for the other gateways, in ms. One that is gone cannot answer. */
const MEMBERSHIP_TIMEOUT = 1000;

interface DeviceConnected {
  userId: string;
  deviceId: string;
  socketId: string;
  connectedAt: number;
}

export interface ClusterEventDependencies {
  namespace: ChatNamespace;
  bus: Pick<ClusterBus, "connected">;
  rooms: Rooms;
  log: Logger;
  metrics: Pick<Metrics, "forcedDisconnect">;
  onMembership: (change: MembershipChanged) => void;
}

export function createClusterEvents(deps: ClusterEventDependencies) {
  const { namespace, bus, rooms, log, metrics } = deps;
  let lastMoment = 0;

  /** The time, but never the same twice and never back: of this gateway's connections the newcomer is the latest. */
  function moment(): number {
    lastMoment = Math.max(Date.now(), lastMoment + 0.001);
    return lastMoment;
  }

  /** Ends the device's earlier connections here. @returns a later one, which the newcomer did not know of. */
  function endEarlier(newcomer: DeviceConnected): ChatSocket | undefined {
    let later: ChatSocket | undefined;
    const ids = namespace.adapter.rooms.get(userRoom(newcomer.userId));
    for (const id of ids ?? []) {
      const socket = namespace.sockets.get(id);
      if (!socket || id === newcomer.socketId || socket.data.deviceId !== newcomer.deviceId) continue;
      if (isEarlier(socket, newcomer)) forceDisconnect(socket, "DUPLICATE_CONNECTION", metrics);
      else later = socket;
    }
    return later;
  }

  function announce(socket: ChatSocket): void {
    if (bus.connected) namespace.serverSideEmit("nexus:device", announcementOf(socket));
  }

  function applyMembership(change: MembershipChanged): void {
    rooms.apply(change);
    deps.onMembership(change);
  }

  namespace.on("nexus:device", (newcomer: DeviceConnected) => {
    // Clocks differ between gateways: who came first by them is told, so that exactly one is left.
    const later = endEarlier(newcomer);
    if (later) announce(later);
  });
  namespace.on("nexus:membership", (change: MembershipChanged, acknowledge?: (done: true) => void) => {
    applyMembership(change);
    acknowledge?.(true);
  });

  return {
    /** Ends the device's earlier connections here and elsewhere. */
    deviceConnected(socket: ChatSocket): void {
      socket.data.connectedAt = moment();
      endEarlier(announcementOf(socket));
      announce(socket);
    },

    /**
     * Applies a change of members here and on every gateway, and resolves when they have done so: then who
     * was removed gets nothing more. A gateway that cannot be reached finds out by the version that the
     * next message carries.
     */
    async membershipChanged(change: MembershipChanged): Promise<void> {
      applyMembership(change);
      if (!bus.connected) return;
      const answers = namespace.serverSideEmitWithAck("nexus:membership", change).catch(() => {});
      const late = Symbol("late");
      const first = await Promise.race([answers, delay(MEMBERSHIP_TIMEOUT, late, { ref: false })]);
      if (first === late)
        log.warn({ conversationId: change.conversationId }, "not all gateways confirmed a change of members");
    },
  };
}

function announcementOf({ id, data }: ChatSocket): DeviceConnected {
  return { userId: data.userId, deviceId: data.deviceId, connectedAt: data.connectedAt, socketId: id };
}

/** Of two connections of a device the later stays; the socket's id decides between those of one millisecond. */
function isEarlier(socket: ChatSocket, newcomer: DeviceConnected): boolean {
  const difference = socket.data.connectedAt - newcomer.connectedAt;
  return difference < 0 || (difference === 0 && socket.id < newcomer.socketId);
}
