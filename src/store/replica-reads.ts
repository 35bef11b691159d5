/**
 * Reads from replicas that nobody can tell from reads of the primary (docs/adr/0013-reads-from-replicas.md).
 *
 * A read may go to a replica's connection only when, after it was asked for, the primary was asked up to where its
 * log is written, and then this very connection whether its server has replayed the log up to there, on the same
 * timeline. All that was acknowledged to anybody before the read was asked for is in that part of the log. One
 * question serves all reads that wait for it.
 *
 * A pool's connections may lead to different servers behind one name, so each lane here is a pool of one, and a
 * read whose lane has lost its connection meanwhile is done again on the primary.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isOutage, isTransient, type Sql } from "./client.ts";
import { coalesced } from "./coalesced.ts";
import { patiently } from "./patience.ts";

/** What is read, as metrics call it. */
export type ReadKind = "sync" | "history" | "conversations";
/** Where it was read, and why not on a replica: it was behind, could not be asked, or failed at it. */
export type ReadTarget = "replica" | "primary_behind" | "primary_away" | "primary_failed";

export interface Reader {
  /**
   * Does `work`, which only reads, with all in sight that was committed before this call. It may be done more than
   * once: an outage of the primary is waited for, as by `patiently`.
   * @throws what `work` throws on the primary.
   */
  read<T>(kind: ReadKind, work: (sql: Sql) => Promise<T>): Promise<T>;
}

export interface Lane {
  sql: Sql;
  /** How many connections it has lost. */
  closed: number;
  busy: number;
}

export interface ReplicaOptions {
  primary: Sql;
  /** Makes a pool of one connection to a replica, whose end is told. */
  connect: (onclose: () => void) => Sql;
  lanes: number;
  onRead?: (kind: ReadKind, target: ReadTarget) => void;
  /** Bytes of log that the last replica asked had yet to replay. */
  onLag?: (bytes: number) => void;
}

/** How long a replica that is a little behind is waited for, in ms: usually it is so by a network's delay. */
const WAIT = 20;
/** How long after a replica was behind or away none is asked, in ms: the questions would only cost. */
const REST = 1000;
/** How long a replica may take to say where it is, in ms. */
const ANSWER = 500;

interface Position {
  lsn: number;
  timeline: number;
}

/** Without replicas: everything is read on the primary, as if this were not here. */
export function primaryReader(sql: Sql): Reader {
  return { read: (_kind, work) => patiently(() => work(sql)) };
}

/** @returns the reader, and how to end its connections. */
export function createReplicaReader(options: ReplicaOptions): Reader & { end(): Promise<void> } {
  const { primary, onRead = () => {}, onLag = () => {} } = options;
  const lanes = Array.from({ length: options.lanes }, () => openLane(options.connect));
  const askPrimary = coalesced(() => positionOfPrimary(primary));
  let restUntil = Number.NEGATIVE_INFINITY;

  /** Whether the lane's server has all that the primary had when this was called. */
  async function provenFresh(lane: Lane): Promise<boolean> {
    const goal = await askPrimary();
    for (const until = performance.now() + WAIT; ; ) {
      const position = await Promise.race([positionOfReplica(lane.sql), tooLate()]);
      if (position?.timeline !== goal.timeline) return false;
      onLag(Math.max(0, goal.lsn - position.lsn));
      if (position.lsn >= goal.lsn) return true;
      if (performance.now() >= until) return false;
      await delay(4);
    }
  }

  async function onReplica<T>(
    lane: Lane,
    work: (sql: Sql) => Promise<T>,
  ): Promise<{ value: T } | ReadTarget> {
    const { closed } = lane;
    let asked = false;
    try {
      if (!(await provenFresh(lane))) return "primary_behind";
      asked = true;
      const value = await work(lane.sql);
      // It may have gone on with a new connection, to whichever server.
      return lane.closed === closed ? { value } : "primary_failed";
    } catch (error) {
      if (!isOutage(error) && !isTransient(error) && !isLate(error)) throw error;
      return asked ? "primary_failed" : "primary_away";
    }
  }

  return {
    async read(kind, work) {
      if (performance.now() < restUntil) {
        onRead(kind, "primary_behind");
        return patiently(() => work(primary));
      }
      const lane = lanes.reduce((best, other) => (other.busy < best.busy ? other : best));
      lane.busy++;
      const outcome = await onReplica(lane, work).finally(() => {
        lane.busy--;
      });
      if (typeof outcome === "object") {
        onRead(kind, "replica");
        return outcome.value;
      }
      restUntil = performance.now() + REST;
      onRead(kind, outcome);
      return patiently(() => work(primary));
    },
    async end() {
      await Promise.all(lanes.map(({ sql }) => sql.end({ timeout: 2 })));
    },
  };
}

function openLane(connect: ReplicaOptions["connect"]): Lane {
  const lane: Lane = { closed: 0, busy: 0, sql: connect(() => lane.closed++) };
  return lane;
}

/** Every commit that was acknowledged is flushed; on a standby the functions fail, and with them the proof. */
async function positionOfPrimary(sql: Sql): Promise<Position> {
  const [row] = await sql<{ lsn: number; timeline: string }[]>`
    select (at - '0/0')::bigint as lsn, substr(pg_walfile_name(at), 1, 8) as timeline
    from (select pg_current_wal_flush_lsn() as at) here`;
  return { lsn: row?.lsn ?? Number.POSITIVE_INFINITY, timeline: Number.parseInt(row?.timeline ?? "", 16) };
}

/**
 * Undefined for a server that is no standby. The timeline is that of its last restart point, so for some minutes
 * after a failover (its `checkpoint_timeout`) a replica says the old one, and is not used: a former primary that
 * has not found its way yet says the same.
 */
async function positionOfReplica(sql: Sql): Promise<Position | undefined> {
  const [row] = await sql<{ lsn: number | null; timeline: number }[]>`
    select (pg_last_wal_replay_lsn() - '0/0')::bigint as lsn, (select timeline_id from pg_control_checkpoint()) as timeline
    where pg_is_in_recovery()`;
  return row && row.lsn !== null ? { lsn: row.lsn, timeline: row.timeline } : undefined;
}

const late = new Error("a replica did not say in time where it is");
const isLate = (error: unknown) => error === late;

function tooLate(): Promise<never> {
  return delay(ANSWER, undefined, { ref: false }).then(() => {
    throw late;
  });
}
