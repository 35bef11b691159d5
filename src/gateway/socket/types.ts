import type { Namespace, Socket } from "socket.io";

/** What the gateway knows of a connection. Small: there are 10,000 of them. */
export interface Connection {
  userId: string;
  deviceId: string;
  /** ms since the epoch at which the access token ends. */
  expiresAt: number;
  /** ms since the epoch; of two connections of a device the later one stays. */
  connectedAt: number;
  /** By Postgres' clock, in ms: what was sent before is the first SYNC's, not live any more. */
  liveSince: number;
  /** performance.now() of the last event from the client, whichever. */
  lastEvent: number;
  /** Whether its SYNC has been answered in full: what a later one brings was missed while it was live. */
  caughtUp: boolean;
  /** The preparation of the connection's last send, while it waits: the next one waits for it. */
  sending: Promise<unknown> | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: socket.io's own default for events that are checked at run time
export type ChatSocket = Socket<any, any, any, Connection>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type ChatNamespace = Namespace<any, any, any, Connection>;
