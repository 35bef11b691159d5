/**
 * Who is in the rooms of conversations (direct ones need none: two users' own rooms reach everybody).
 *
 * Invariant: a socket is in `conversation:<id>` only while its user is an active participant, judged by
 * `members_version`, the count of membership changes that Postgres keeps. Changes are told between
 * gateways, but nothing rests on that: every message carries its conversation's version, and a room that
 * is behind is read anew before the message is handed out.
 */
import { LRUCache } from "lru-cache";
import { conversationRoom, userRoom } from "../../bus/delivery.ts";
import type { Sql } from "../../store/client.ts";
import { readRooms } from "../../store/conversations.ts";
import { readMembership, readMembersVersions } from "../../store/participants.ts";
import { patiently } from "../../store/patience.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { ChatNamespace, ChatSocket } from "./types.ts";

/** A change of members, as gateways tell it to one another. */
export interface MembershipChanged {
  conversationId: string;
  membersVersion: number;
  added: string[];
  removed: string[];
}

export type Rooms = ReturnType<typeof createRooms>;

const PREFIX = conversationRoom("");

export function createRooms(namespace: ChatNamespace, sql: Sql, log: Logger) {
  /** The version that each room present here has, and for a while also of rooms without a socket. */
  const versions = new LRUCache<string, number>({ max: 200_000 });
  const refreshing = new Map<string, Promise<boolean>>();

  function setVersion(conversationId: string, version: number): void {
    if (version > (versions.get(conversationId) ?? 0)) versions.set(conversationId, version);
  }

  function localSockets(room: string): ChatSocket[] {
    const ids = namespace.adapter.rooms.get(room);
    if (!ids) return [];
    return [...ids].map((id) => namespace.sockets.get(id)).filter((socket) => socket !== undefined);
  }

  /** Sets the room to who is an active participant now. @returns whether that succeeded. */
  async function refresh(conversationId: string): Promise<boolean> {
    const room = conversationRoom(conversationId);
    try {
      const users = [...new Set([...namespace.sockets.values()].map((socket) => socket.data.userId))];
      const membership = await readMembership(sql, conversationId, users);
      const members = new Set(membership.userIds);
      for (const socket of localSockets(room)) if (!members.has(socket.data.userId)) socket.leave(room);
      for (const userId of members) for (const socket of localSockets(userRoom(userId))) socket.join(room);
      setVersion(conversationId, membership.membersVersion);
      return true;
    } catch (error) {
      // Nobody is told rather than somebody who may not be: clients find the gap and SYNC.
      log.warn({ err: error, conversationId }, "could not refresh a room");
      return false;
    } finally {
      refreshing.delete(conversationId);
    }
  }

  return {
    /**
     * Makes sure that a room is at least at a version of its membership.
     * @returns undefined when it is, else a promise of whether it could be brought there.
     */
    ensure(room: string, version: number): Promise<boolean> | undefined {
      const conversationId = room.slice(PREFIX.length);
      const known = versions.get(conversationId);
      if (known === undefined && !namespace.adapter.rooms.has(room)) return undefined; // nobody here
      if (known !== undefined && known >= version && !refreshing.has(conversationId)) return undefined;
      const running = refreshing.get(conversationId) ?? refresh(conversationId);
      refreshing.set(conversationId, running);
      return running;
    },

    /** Puts a new connection into the rooms of its user's conversations. @throws when Postgres is away. */
    async joinAll(socket: ChatSocket): Promise<void> {
      for (let round = 0; round < 3; round++) {
        const rooms = await patiently(() => readRooms(sql, socket.data.userId));
        // A membership that changed while we read: read again.
        if (rooms.some((room) => (versions.get(room.id) ?? 0) > room.membersVersion)) continue;
        for (const room of rooms) {
          if (!namespace.adapter.rooms.has(conversationRoom(room.id)))
            versions.set(room.id, room.membersVersion);
          socket.join(conversationRoom(room.id));
          // Others are here by an older membership: their room is set right before its next message.
        }
        return;
      }
      throw new Error("the user's conversations changed three times while they were read");
    },

    /** Applies a change of members to local sockets, at once. */
    apply({ conversationId, membersVersion, added, removed }: MembershipChanged): void {
      const room = conversationRoom(conversationId);
      for (const userId of removed) for (const socket of localSockets(userRoom(userId))) socket.leave(room);
      for (const userId of added) for (const socket of localSockets(userRoom(userId))) socket.join(room);
      const known = versions.get(conversationId);
      // A gap means that another change was missed: leave the version, so that the next message refreshes.
      if (known === undefined || known === membersVersion - 1) setVersion(conversationId, membersVersion);
    },

    /** After a time without Redis: finds rooms whose membership changed meanwhile. */
    async revalidate(): Promise<void> {
      const present = [...namespace.adapter.rooms.keys()]
        .filter((room) => room.startsWith(PREFIX))
        .map((room) => room.slice(PREFIX.length));
      for (let start = 0; start < present.length; start += 1000) {
        const current = await readMembersVersions(sql, present.slice(start, start + 1000));
        for (const { id, membersVersion } of current) {
          if ((versions.get(id) ?? 0) < membersVersion) await refresh(id);
        }
      }
    },
  };
}
