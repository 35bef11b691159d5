import type { Actor, Deliver } from "../bus/delivery.ts";
import { userRoom } from "../bus/delivery.ts";
import { ChatError } from "../protocol/errors.ts";
import type { DeliveredUpdate, ReadUpdate } from "../protocol/message.ts";
import { isOutage, isTransient, type Sql } from "../store/client.ts";
import { patiently } from "../store/patience.ts";
import {
  findPointer,
  locateMessage,
  movePointers,
  type PointerMove,
  type PointerMoved,
} from "../store/pointers.ts";

export interface PointerDependencies {
  sql: Sql;
  deliver: Deliver;
  onError: (error: unknown) => void;
}

export type Pointers = ReturnType<typeof createPointers>;

/** How long confirmations gather before they are written, in ms: they need no answer, and come in crowds. */
const DELIVERED_LINGER = 50;

/** The pointers of delivery and reading: written together, told to those who wrote the messages. */
export function createPointers({ sql, deliver, onError }: PointerDependencies) {
  /** The furthest confirmation of each participant that waits to be written. */
  let waiting = new Map<string, PointerMove>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(moves: PointerMove[]): Promise<PointerMoved[]> {
    const moved = await movePointers(sql, moves);
    for (const move of moved) if (!move.read) deliver(deliveredUpdate(move));
    return moved;
  }

  function flush(): void {
    timer = undefined;
    const moves = [...waiting.values()];
    waiting = new Map();
    writing = writing
      .then(() => write(moves))
      .then(undefined, (error) => {
        onError(error);
        // The next confirmation of the same participant says at least as much; until then keep this one.
        if (isOutage(error) || isTransient(error)) for (const move of moves) keep(move, 1000);
      }) as Promise<void>;
  }

  function keep(move: PointerMove, delay: number): void {
    const key = `${move.conversationId}\0${move.userId}`;
    const other = waiting.get(key);
    if (!other || other.seq < move.seq) waiting.set(key, move);
    timer ??= setTimeout(flush, delay);
  }

  return {
    /** "Everything up to seq has reached this device." Not waited for: a lost confirmation is made up by the next. */
    delivered(userId: string, conversationId: string, seq: number): void {
      keep({ conversationId, userId, seq, read: false }, DELIVERED_LINGER);
    },

    /**
     * "Everything up to this message has been read." Told to the senders and to the reader's other devices.
     * A pointer that is further already stays, and the answer says where it is.
     */
    async read(
      actor: Actor,
      input: { messageId: string } | { conversationId: string; seq: number },
    ): Promise<ReadUpdate> {
      const place =
        "messageId" in input
          ? await patiently(() => locateMessage(sql, input.messageId, actor.userId))
          : input;
      if (!place) throw new ChatError("NOT_FOUND", "There is no such message", { field: "messageId" });
      const moved = await patiently(() => write([{ ...place, userId: actor.userId, read: true }]));
      const advance = moved.find((move) => move.read);
      if (!advance) return standing(sql, actor, place, input);
      const update = readUpdate(advance);
      const rooms = advance.senders.map(userRoom);
      rooms.push(userRoom(actor.userId));
      deliver({
        event: "MESSAGE_READ_UPDATE",
        payload: update,
        rooms,
        ...(actor.socketId !== undefined && { except: [actor.socketId] }),
      });
      return update;
    },

    /** Writes what still waits. */
    async flush(): Promise<void> {
      clearTimeout(timer);
      if (waiting.size > 0) flush();
      await writing;
    },
  };
}

/** The answer when nothing moved: the pointer as it stands. */
async function standing(
  sql: Sql,
  actor: Actor,
  place: { conversationId: string; seq: number },
  input: { messageId: string } | { conversationId: string },
): Promise<ReadUpdate> {
  const pointer = await findPointer(sql, place.conversationId, actor.userId);
  if (!pointer)
    throw new ChatError("NOT_FOUND", "There is no such conversation", { field: "conversationId" });
  const messageId = "messageId" in input ? input.messageId : pointer.messageId;
  if (messageId === null)
    throw new ChatError("NOT_FOUND", "There is no message to read yet", { field: "seq" });
  const readAt = (pointer.readAt ?? new Date()).toISOString();
  return {
    messageId,
    conversationId: place.conversationId,
    seq: pointer.seq,
    userId: actor.userId,
    readAt,
    timestamp: readAt,
  };
}

function readUpdate(move: PointerMoved): ReadUpdate {
  const at = move.at.toISOString();
  return {
    messageId: move.messageId as string,
    conversationId: move.conversationId,
    seq: move.seq,
    userId: move.userId,
    readAt: at,
    timestamp: at,
  };
}

function deliveredUpdate(move: PointerMoved) {
  const payload: DeliveredUpdate = {
    conversationId: move.conversationId,
    userId: move.userId,
    seq: move.seq,
    deliveredAt: move.at.toISOString(),
  };
  return { event: "MESSAGE_DELIVERED_UPDATE" as const, payload, rooms: move.senders.map(userRoom) };
}
