import type { User } from "../protocol/user.ts";
import type { Db } from "./client.ts";

export interface UserRow {
  id: string;
  name: string;
  email: string | null;
  avatarUrl: string | null;
  lastSeen: Date | null;
}

/** A user as the wire shows them to themselves; for other eyes leave the e-mail address out. */
export function userOfRow(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    avatarUrl: row.avatarUrl,
    lastSeen: row.lastSeen?.toISOString() ?? null,
  };
}

/**
 * Creates a user with a password and signs them in: one statement makes the user and the first refresh token
 * of a family (as `insertRefreshToken` does), so that there is never one without the other. `lifetime` in seconds.
 * @throws a unique violation when somebody has the e-mail address already, in whatever case.
 */
export async function insertUserSignedIn(
  db: Db,
  user: { id: string; email: string; name: string; passwordHash: string },
  token: { hash: Uint8Array; lifetime: number },
): Promise<UserRow> {
  const [row] = await db<UserRow[]>`
    with made as (
      insert into users (id, email, name, password_hash)
      values (${user.id}, ${user.email}, ${user.name}, ${user.passwordHash})
      returning id, name, email, avatar_url, last_seen
    ), issued as (
      insert into refresh_tokens (family, user_id, token_hash, expires_at)
      select gen_random_uuid(), id, ${token.hash}, now() + make_interval(secs => ${token.lifetime}) from made
    )
    select id, name, email, avatar_url as "avatarUrl", last_seen as "lastSeen" from made`;
  return row!;
}

/**
 * Creates an identity provider's user unless they exist. An e-mail address that another account has is
 * left out: an address alone never joins two accounts, and never keeps anybody from signing in.
 * @throws a unique violation when another account takes the address at the same moment; repeat the call.
 */
export async function insertProviderUser(
  db: Db,
  user: { id: string; email: string | null; name: string },
): Promise<void> {
  await db`
    insert into users (id, email, name)
    select ${user.id}, case when exists (select from users where lower(email) = lower(${user.email}::text))
      then null else ${user.email}::text end, ${user.name}
    on conflict (id) do nothing`;
}

/** Whether the user exists. */
export async function userExists(db: Db, id: string): Promise<boolean> {
  const [row] = await db<{ found: boolean }[]>`
    select exists (select from users where id = ${id}) as found`;
  return row!.found;
}

/** The user, or undefined. */
export async function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  const [row] = await db<UserRow[]>`
    select id, name, email, avatar_url as "avatarUrl", last_seen as "lastSeen"
    from users where id = ${id}`;
  return row;
}

/** The user with this e-mail address, in whatever case, and their password's hash (null: they have none). */
export async function findUserByEmail(
  db: Db,
  email: string,
): Promise<(UserRow & { passwordHash: string | null }) | undefined> {
  const [row] = await db<(UserRow & { passwordHash: string | null })[]>`
    select id, name, email, avatar_url as "avatarUrl", last_seen as "lastSeen", password_hash as "passwordHash"
    from users where lower(email) = lower(${email})`;
  return row;
}

/** Changes what is given and leaves the rest; undefined when there is no such user. */
export async function updateUser(
  db: Db,
  id: string,
  patch: { name?: string | undefined; avatarUrl?: string | null | undefined },
): Promise<UserRow | undefined> {
  const [row] = await db<UserRow[]>`
    update users
    set name = coalesce(${patch.name ?? null}, name),
      avatar_url = case when ${patch.avatarUrl !== undefined} then ${patch.avatarUrl ?? null} else avatar_url end,
      updated_at = now()
    where id = ${id}
    returning id, name, email, avatar_url as "avatarUrl", last_seen as "lastSeen"`;
  return row;
}

/** Replaces a password's hash, unless it was changed since `known` was read. */
export async function replacePasswordHash(
  db: Db,
  id: string,
  known: string,
  replacement: string,
): Promise<void> {
  await db`
    update users set password_hash = ${replacement}, updated_at = now()
    where id = ${id} and password_hash = ${known}`;
}

/**
 * Users whose name begins with `query` or whose e-mail address it is, in whatever case, by name; those
 * after the one named by `after`. Each half reads a page's worth of its index: "begins with" is said as a
 * range in the order of text_pattern_ops, since a LIKE with a parameter, or an OR, would read all users
 * (420 ms of 100,000, against 1 ms).
 */
export async function searchUsers(
  db: Db,
  query: string,
  options: { limit: number; after?: { name: string; id: string } | undefined },
): Promise<(UserRow & { sortName: string; byEmail: boolean })[]> {
  const { name = "", id = "" } = options.after ?? {};
  const columns = db`id, name, email, avatar_url as "avatarUrl", last_seen as "lastSeen",
    lower(name) as "sortName", coalesce(lower(email) = lower(${query}), false) as "byEmail"`;
  const afterwards = db`lower(name) ~>=~ ${name} and (lower(name) ~>~ ${name} or id > ${id})`;
  return db<(UserRow & { sortName: string; byEmail: boolean })[]>`
    (select ${columns} from users
      where lower(name) ~>=~ lower(${query}) and lower(name) ~<~ (lower(${query}) || chr(1114111)) and ${afterwards}
      order by lower(name) using ~<~, id
      limit ${options.limit})
    union
    (select ${columns} from users where lower(email) = lower(${query}) and ${afterwards})
    order by "sortName" using ~<~, id
    limit ${options.limit}`;
}

/** Users by their ids; those who do not exist are absent. */
export async function findUsersById(db: Db, ids: readonly string[]): Promise<Map<string, User>> {
  const rows = await db<UserRow[]>`
    select id, email, name, avatar_url as "avatarUrl", last_seen as "lastSeen" from users
    where id = any(${ids as string[]}::text[])`;
  return new Map(rows.map((row) => [row.id, userOfRow(row)]));
}
