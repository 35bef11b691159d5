import type * as z from "zod";
import { ChatError } from "../protocol/errors.ts";
import type { User, UserPatch } from "../protocol/user.ts";
import type { Db } from "../store/client.ts";
import { findUser, searchUsers, updateUser, userOfRow } from "../store/users.ts";

/** @throws ChatError NOT_FOUND when the user was deleted. */
export async function getProfile(db: Db, userId: string): Promise<User> {
  const row = await findUser(db, userId);
  if (!row) throw new ChatError("NOT_FOUND", "There is no such user");
  return userOfRow(row);
}

/** Changes one's own name or picture. @throws ChatError NOT_FOUND when the user was deleted. */
export async function updateProfile(
  db: Db,
  userId: string,
  patch: z.output<typeof UserPatch>,
): Promise<User> {
  const row = await updateUser(db, userId, { ...patch, name: patch.name?.trim() });
  if (!row) throw new ChatError("NOT_FOUND", "There is no such user");
  return userOfRow(row);
}

/**
 * Users whose name begins with `q` or whose e-mail address is `q`, in pages. The address is shown only to
 * who knows it already: to its owner, and to who asked for exactly it.
 * @param cursor of the page before; anything else is VALIDATION_FAILED.
 */
export async function findUsers(
  db: Db,
  userId: string,
  { q, limit, cursor }: { q: string; limit: number; cursor?: string | undefined },
): Promise<{ users: User[]; cursor: string | null }> {
  const rows = await searchUsers(db, q, {
    limit: limit + 1,
    after: cursor === undefined ? undefined : decode(cursor),
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    users: page.map((row) => ({
      ...userOfRow(row),
      email: row.id === userId || row.byEmail ? row.email : null,
    })),
    cursor: rows.length > limit && last ? encode(last.sortName, last.id) : null,
  };
}

function encode(name: string, id: string): string {
  return Buffer.from(JSON.stringify([name, id])).toString("base64url");
}

function decode(cursor: string): { name: string; id: string } {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    const [name, id] = Array.isArray(parts) ? parts : [];
    if (typeof name === "string" && typeof id === "string" && !`${name}${id}`.includes("\0"))
      return { name, id };
  } catch {
    // not ours, as below
  }
  throw new ChatError("VALIDATION_FAILED", "cursor: must be the cursor of an earlier answer", {
    field: "cursor",
  });
}
