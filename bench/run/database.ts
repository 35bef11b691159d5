import postgres, { type Sql } from "postgres";
import { createSchema } from "../baseline/schema.ts";
import type { TargetName } from "../client/dialect.ts";
import { groupId, userId } from "../client/identity.ts";
import type { Engines } from "./engines.ts";
import { migrate } from "./gateways.ts";

/** What the database itself counted since the last `reset`. */
export interface DatabaseCounts {
  statements: number;
  commits: number;
  walBytes: number;
  /** The most frequent ones: calls, mean ms, text. */
  top: { calls: number; meanMs: number; query: string }[];
}

/** The database of one run, seen from outside: its connections are not the candidate's. */
export interface Database extends AsyncDisposable {
  readonly url: string;
  storedMessages(): Promise<number>;
  reset(): Promise<void>;
  counts(): Promise<DatabaseCounts>;
}

/** Creates the candidate's schema with `users` accounts and, if asked for, a group of the first `groupMembers`. */
export async function prepareDatabase(
  engines: Engines,
  target: TargetName,
  people: { users: number; groupMembers: number },
): Promise<Database> {
  const options = { max: 1, connect_timeout: 10, onnotice: () => {} };
  // pg_stat_statements shows all databases from any: from this one, our own queries are not counted in.
  const admin = postgres(engines.adminUrl, options);
  if (engines.statements) await admin`create extension pg_stat_statements`;
  const url = engines.databaseUrl;
  const name = new URL(url).pathname.slice(1);
  if (target === "nexus") await migrate(url);
  const sql = postgres(url, options);
  if (target === "baseline") await createSchema(sql);
  await addPeople(sql, target, people);
  let before = { commits: 0, lsn: "0/0" };

  async function position(): Promise<{ commits: number; lsn: string }> {
    const [row] = await admin`
      select xact_commit::int as commits, pg_current_wal_lsn()::text as lsn
      from pg_stat_database where datname = ${name}`;
    return row as unknown as { commits: number; lsn: string };
  }
  return {
    url,
    async storedMessages() {
      const [row] = await sql`select count(*)::int as count from messages`;
      return row!.count;
    },
    async reset() {
      if (engines.statements) await admin`select pg_stat_statements_reset()`;
      before = await position();
    },
    async counts() {
      const now = await position();
      const [wal] = await admin`select (${now.lsn}::pg_lsn - ${before.lsn}::pg_lsn)::float8 as bytes`;
      const rows = engines.statements
        ? await admin`
            select calls::int, mean_exec_time as "meanMs", query from pg_stat_statements
            where dbid = (select oid from pg_database where datname = ${name})
            order by calls desc`
        : [];
      return {
        statements: rows.reduce((sum, row) => sum + row.calls, 0),
        commits: now.commits - before.commits,
        walBytes: wal!.bytes,
        top: rows.slice(0, 8) as unknown as DatabaseCounts["top"],
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([sql.end({ timeout: 5 }), admin.end({ timeout: 5 })]);
    },
  };
}

async function addPeople(
  sql: Sql,
  target: TargetName,
  people: { users: number; groupMembers: number },
): Promise<void> {
  const ids = Array.from({ length: people.users }, (_, index) => userId(index));
  const members = ids.slice(0, people.groupMembers);
  if (target === "nexus") {
    await sql`insert into users (id, name) select id, 'User ' || id from unnest(${ids}::text[]) as id`;
    if (members.length === 0) return;
    await sql`
      insert into conversations (id, type, name, created_by)
      values (${groupId}, 'GROUP', 'Everybody', ${members[0]!})`;
    await sql`
      insert into participants (conversation_id, user_id, role)
      select ${groupId}, id, case when id = ${members[0]!} then 'OWNER' else 'MEMBER' end
      from unnest(${members}::text[]) as id`;
  } else if (members.length > 0) {
    await sql`insert into group_members (group_id, user_id) select ${groupId}, id from unnest(${members}::text[]) as id`;
  }
  await sql`analyze`;
}
