import { LRUCache } from "lru-cache";
import { ChatError } from "../protocol/errors.ts";
import type { Sql } from "../store/client.ts";
import { type Access, findAccess } from "../store/conversations.ts";
import { patiently } from "../store/patience.ts";
import type { Directs } from "./directs.ts";

export type ConversationLookup = ReturnType<typeof createConversationLookup>;

/**
 * A user's access to conversations, remembered for a while. For what is cheap to be late with (typing,
 * rate limits) only: what stores or shows messages asks Postgres in the same statement.
 */
export function createConversationLookup(deps: {
  sql: Sql;
  directs: Directs;
  cacheTtl: number;
  /** Whether changes of members are heard of; while they are not, nothing remembered is trusted. */
  hears?: () => boolean;
  onLook?: (hit: boolean) => void;
}) {
  const cache = new LRUCache<string, Access>({ max: 50_000, ttl: Math.max(1, deps.cacheTtl * 1000) });

  /** @throws ChatError NOT_FOUND when the user may not see it. */
  async function access(userId: string, conversationId: string): Promise<Access> {
    const key = `${conversationId}\0${userId}`;
    const hears = deps.hears?.() ?? true;
    const known = hears ? cache.get(key) : undefined;
    deps.onLook?.(known !== undefined);
    if (known) return known;
    const found = await patiently(() => findAccess(deps.sql, conversationId, userId));
    if (!found)
      throw new ChatError("NOT_FOUND", "There is no such conversation", { field: "conversationId" });
    if (deps.cacheTtl > 0 && hears) cache.set(key, found);
    return found;
  }

  return {
    access,
    /** Access by conversation, or by the other user of a direct one. */
    async find(
      userId: string,
      target: { conversationId?: string | undefined; receiverId?: string | undefined },
    ): Promise<Access> {
      if (target.conversationId !== undefined) return access(userId, target.conversationId);
      return access(userId, await deps.directs.ensure(userId, target.receiverId as string));
    },
    /** Call when a conversation's settings or somebody's membership changed. */
    forget(conversationId: string): void {
      for (const key of cache.keys()) if (key.startsWith(conversationId)) cache.delete(key);
    },
    /** Call when changes may have gone unheard. */
    forgetAll: (): void => cache.clear(),
  };
}
