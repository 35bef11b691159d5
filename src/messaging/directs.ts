import { LRUCache } from "lru-cache";
import { ChatError } from "../protocol/errors.ts";
import type { Sql } from "../store/client.ts";
import { ensureDirect } from "../store/conversations.ts";
import { patiently } from "../store/patience.ts";
import { newMessageId } from "./message-id.ts";

export type Directs = ReturnType<typeof createDirects>;

/** Which conversation two users have: made at first need, and never another, so it is remembered without expiry. */
export function createDirects(sql: Sql, onLook: (hit: boolean) => void = () => {}) {
  const known = new LRUCache<string, string>({ max: 100_000 });
  const keyOf = (a: string, b: string) => (a < b ? `${a}\0${b}` : `${b}\0${a}`);

  return {
    /** The conversation's id if it is remembered. */
    get(userId: string, otherId: string): string | undefined {
      const found = known.get(keyOf(userId, otherId));
      onLook(found !== undefined);
      return found;
    },
    /** @throws ChatError NOT_FOUND when there is no such other user. */
    async ensure(userId: string, otherId: string): Promise<string> {
      const remembered = known.get(keyOf(userId, otherId));
      if (remembered !== undefined) return remembered;
      const id = await patiently(() => ensureDirect(sql, newMessageId(), userId, otherId));
      if (id === undefined)
        throw new ChatError("NOT_FOUND", "There is no such user", { field: "receiverId" });
      known.set(keyOf(userId, otherId), id);
      return id;
    },
  };
}
