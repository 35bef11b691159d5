/**
 * Connections to the API server: HTTP/2, so that all watches share one, and one ping finds out for all of them that
 * it was cut silently. Over HTTP/1.1 a quiet watch on a dead connection looks like a quiet cluster for minutes.
 */
import { type ClientHttp2Session, connect } from "node:http2";
import type { Access } from "./access.ts";
import { KubeError } from "./errors.ts";

export interface SessionTimes {
  /** ms between pings, and what an answer may take: both together are how long a silent cut stays unseen. */
  pingEvery: number;
  pingWithin: number;
  connectWithin: number;
}

const defaults: SessionTimes = { pingEvery: 3000, pingWithin: 4000, connectWithin: 5000 };

/** The API server allows 100 streams on a connection as a rule; beyond its limit Node would hold a watch back unseen. */
const STREAMS = 80;

export interface Sessions {
  /** Runs `work` with a session that is open and has room for one stream more. */
  use<T>(work: (session: ClientHttp2Session) => Promise<T>): Promise<T>;
  /** Cuts everything. */
  close(): void;
}

interface Entry {
  opening: Promise<ClientHttp2Session>;
  streams: number;
  room: number;
  /** Takes no new streams: closed, broken or told to go away. */
  gone: boolean;
}

export function createSessions(access: Access, times: Partial<SessionTimes> = {}): Sessions {
  const timing = { ...defaults, ...times };
  const entries = new Set<Entry>();
  const open = new Set<ClientHttp2Session>();
  let closed = false;

  function drop(entry: Entry): void {
    entry.gone = true;
    entries.delete(entry);
  }

  function start(): Entry {
    const entry: Entry = {
      streams: 0,
      room: STREAMS,
      gone: false,
      opening: Promise.reject(new Error("not yet")),
    };
    entry.opening.catch(() => {});
    entry.opening = openSession(access, timing).then(
      (session) => {
        if (closed) session.destroy();
        open.add(session);
        session.on("remoteSettings", ({ maxConcurrentStreams = STREAMS }) => {
          entry.room = Math.min(STREAMS, maxConcurrentStreams);
        });
        session.once("goaway", () => drop(entry));
        session.once("close", () => {
          drop(entry);
          open.delete(session);
        });
        if (session.destroyed) drop(entry);
        return session;
      },
      (error: unknown) => {
        drop(entry);
        throw error;
      },
    );
    entries.add(entry);
    return entry;
  }

  return {
    async use(work) {
      if (closed) throw new KubeError(0, "Unreachable", "the client is closed");
      let entry = [...entries].find((candidate) => !candidate.gone && candidate.streams < candidate.room);
      entry ??= start();
      entry.streams++;
      try {
        return await work(await entry.opening);
      } finally {
        entry.streams--;
      }
    },
    close() {
      closed = true;
      for (const session of open) session.destroy();
    },
  };
}

async function openSession(access: Access, timing: SessionTimes): Promise<ClientHttp2Session> {
  if (access.server.protocol !== "https:")
    throw new KubeError(
      0,
      "Unreachable",
      `${access.server.origin}: give an https address, the operator speaks HTTP/2`,
    );
  const { ca, cert, key, servername, rejectUnauthorized } = await access.credentials();
  const session = connect(access.server.origin, {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      session.destroy(new Error(`no connection within ${timing.connectWithin} ms`));
    }, timing.connectWithin);
    let failure: Error | undefined;
    session.once("connect", () => {
      clearTimeout(timer);
      resolve();
    });
    // Stays for the session's life: an error without a listener would end the process.
    session.on("error", (error) => {
      failure = error;
    });
    session.once("close", () => {
      clearTimeout(timer);
      const why = failure?.message ?? "the connection was closed";
      reject(new KubeError(0, "Unreachable", `${access.server.host}: ${why}`, undefined, failure));
    });
  });
  keepProving(session, timing);
  return session;
}

/** Destroys the session, and with it all its streams, once a ping stays without answer. */
function keepProving(session: ClientHttp2Session, timing: SessionTimes): void {
  let overdue: NodeJS.Timeout | undefined;
  const every = setInterval(() => {
    if (overdue !== undefined || session.destroyed) return;
    let answered = false;
    const sent = session.ping((error) => {
      answered = error === null;
      clearTimeout(overdue);
      overdue = undefined;
    });
    if (!sent || answered) return;
    overdue = setTimeout(() => {
      // After a stall of our own the answer may lie unread: let it in before judging.
      setImmediate(() => {
        if (answered || session.destroyed) return;
        session.destroy(new Error(`the API server did not answer a ping within ${timing.pingWithin} ms`));
      });
    }, timing.pingWithin);
  }, timing.pingEvery);
  session.once("close", () => {
    clearInterval(every);
    clearTimeout(overdue);
  });
}
