/**
 * Postgres. Every query module takes `sql` first, which is either the pool or a transaction, so the
 * caller decides what belongs together.
 */
import type postgres from "postgres";
import { ChatError } from "../protocol/errors.ts";
import { arrayTypes } from "./array-types.ts";
import { mendedPostgres } from "./mended-postgres.ts";

export type Sql = postgres.Sql;
export type Tx = postgres.TransactionSql;
/** What a query needs: the pool or a transaction. */
export type Db = Sql | Tx;

export interface PostgresOptions {
  name: string;
  pool: number;
  /** ms after which Postgres cancels a statement. */
  statementTimeout: number;
  /** A standby will do; without it one is never talked to, for it may answer what was long ago. */
  replica?: boolean;
  onnotice?: (notice: object) => void;
  /** Told when one of the connections has ended. */
  onclose?: () => void;
}

/**
 * A pool of connections. Integers of 64 bits come as numbers (ours stay far below 2^53), times as Date.
 * A connection to a server that turns out to be a standby is given up with CONNECTION_DESTROYED, and one to a
 * former primary after its first 25006: the next attempt asks the address anew.
 */
export function connectPostgres(url: string, options: PostgresOptions): Sql {
  return mendedPostgres(url, {
    max: options.pool,
    idle_timeout: 60,
    max_lifetime: 30 * 60, // so that a moved primary or a new password is noticed
    // Less than a send's patience: what was sent to an address that is gone is never answered.
    connect_timeout: 3,
    // The server says it of itself as the connection begins (since Postgres 14): no query is needed.
    ...(!options.replica && { target_session_attrs: "primary" as const }),
    ...(options.onclose && { onclose: options.onclose }),
    // The library's own pauses between attempts grow to 20 s, long after Postgres is back.
    backoff: (attempts: number) => Math.min(0.5, 0.025 * 2 ** attempts) * (0.5 + Math.random() / 2),
    keep_alive: 30,
    onnotice: options.onnotice ?? (() => {}),
    connection: {
      application_name: options.name,
      statement_timeout: options.statementTimeout,
      timezone: "UTC",
      // Every statement here is short and walks indexes. Planning the partitioned ones anew costs ten
      // times their execution, a plan made while tables were empty would read them whole for ever, and
      // compiling costs more than it saves (measured: 12 ms for a send with the defaults, 0.4 ms so).
      plan_cache_mode: "force_generic_plan",
      // In words: the library leaves out settings that are `false`.
      enable_seqscan: "off",
      random_page_cost: 1.1,
      jit: "off",
    },
    fetch_types: false, // see array-types.ts
    types: {
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
      ...arrayTypes,
    } as never,
  }) as unknown as Sql;
}

const connectionErrors = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "ENOENT",
]);

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** After these nobody knows whether the statement was carried out: the connection went while it was under way. */
const unanswered = new Set(["CONNECTION_CLOSED", "CONNECTION_DESTROYED", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** Whether the statement may have been committed all the same; after other errors it certainly was not. */
export function mayHaveCommitted(error: unknown): boolean {
  return unanswered.has(codeOf(error));
}

/** Whether Postgres is away, starting, stopping or no longer the primary: the same may succeed in a moment. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error);
  // 08 connection, 57P shutdown or starting, 53 out of resources, 25006 read-only (a former primary)
  return connectionErrors.has(code) || /^(08|57P|53)/.test(code) || code === "25006";
}

/** Whether the same statement, sent again at once, is likely to succeed: serialization, deadlock. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01" || code === "55P03";
}

export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === "23505";
}

/** An outage as the error a client understands; anything else as it was. */
export function asChatError(error: unknown): unknown {
  if (isOutage(error) || isTransient(error) || codeOf(error) === "57014")
    return new ChatError("UNAVAILABLE", "The database is not reachable at the moment; try again", {
      retryAfter: 1,
      cause: error,
    });
  return error;
}
