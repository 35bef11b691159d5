import { randomUUID } from "node:crypto";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { EventLog } from "./event-log.ts";
import type { Answer } from "./wire.ts";

export type ConnectOptions = {
  /** Of the gateway, without the namespace: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly token?: string;
  /** A fresh one if absent. */
  readonly deviceId?: string;
  /** Called with every server event as it arrives, the very first included. */
  readonly onEvent?: (event: string, payload: unknown) => void;
  /** For the connection itself, in milliseconds (5,000). */
  readonly timeoutMs?: number;
  /** Anything else for socket.io-client, `auth` included. */
  readonly io?: Partial<ManagerOptions & SocketOptions>;
};

/** Why the server refused a connection; `data` is what it says in `connect_error`. */
export class ConnectRefused extends Error {
  readonly data: { readonly code?: string; readonly [more: string]: unknown } | undefined;

  constructor(message: string, data: unknown) {
    super(message);
    this.name = "ConnectRefused";
    this.data = data as ConnectRefused["data"];
  }
}

export type TestClient = {
  readonly socket: Socket;
  readonly deviceId: string;
  /** All server events, and `connect`, `disconnect` (payload: the reason) and `connect_error` of the socket. */
  readonly events: EventLog;
  /**
   * Emits and resolves with the acknowledgement. Rejects when none came within `timeoutMs` (10,000) or the
   * connection ended before it: then nobody knows whether the server acted.
   */
  emit<T = Record<string, unknown>>(event: string, payload?: unknown, timeoutMs?: number): Promise<Answer<T>>;
  /** As `emit`, for tests that expect success: the data, or a rejection that names the error. */
  must<T = Record<string, unknown>>(event: string, payload?: unknown, timeoutMs?: number): Promise<T>;
  /** Ends the connection and resolves once it is closed. Harmless when repeated. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Connects a stock socket.io-client 4 to namespace `/ws`, as shared/contract.md describes it, and resolves once
 * connected. Rejects with ConnectRefused (`.data.code`) when the server says no, and after `timeoutMs`.
 * It does not reconnect by itself (pass `io: {reconnection: true}` for that).
 */
export async function connect(options: ConnectOptions): Promise<TestClient> {
  const deviceId = options.deviceId ?? randomUUID();
  const timeoutMs = options.timeoutMs ?? 5_000;
  const socket = io(`${options.url}/ws`, {
    transports: ["websocket"],
    forceNew: true, // else two clients of one process share one connection
    reconnection: false,
    autoConnect: false,
    auth: { ...(options.token === undefined ? {} : { token: options.token }), deviceId },
    timeout: timeoutMs,
    ...options.io,
  });
  const events = new EventLog();
  socket.onAny((event: string, payload: unknown) => {
    events.record(event, payload);
    options.onEvent?.(event, payload);
  });
  socket.on("connect", () => events.record("connect", undefined));
  socket.on("disconnect", (reason) => events.record("disconnect", reason));
  socket.on("connect_error", (error) => events.record("connect_error", error));

  await new Promise<void>((resolve, reject) => {
    // A server that accepts the socket but never answers the namespace leaves both events out.
    const timer = setTimeout(() => {
      socket.disconnect();
      reject(new Error(`no connection to ${options.url} within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.once("connect_error", (error: Error & { data?: unknown }) => {
      clearTimeout(timer);
      socket.disconnect();
      reject(new ConnectRefused(`${options.url} refused the connection: ${error.message}`, error.data));
    });
    socket.connect();
  });
  return clientOf(socket, deviceId, events);
}

function clientOf(socket: Socket, deviceId: string, events: EventLog): TestClient {
  const emit: TestClient["emit"] = (event, payload, timeoutMs = 10_000) =>
    new Promise((resolve, reject) => {
      // socket.io-client would keep the packet and send it after a reconnect, when nobody waits any more.
      if (!socket.connected) return reject(new Error(`${event} not sent: the socket is not connected`));
      const settle = (act: () => void) => {
        clearTimeout(timer);
        socket.off("disconnect", gone);
        act();
      };
      const gone = (reason: string) =>
        settle(() => reject(new Error(`${event}: connection lost (${reason})`)));
      const timer = setTimeout(
        () => settle(() => reject(new Error(`${event}: not acknowledged within ${timeoutMs} ms`))),
        timeoutMs,
      );
      socket.on("disconnect", gone);
      const acknowledged = (answer: never) => settle(() => resolve(answer));
      // The table gives some events no payload at all: they are sent with the acknowledgement alone.
      if (payload === undefined) socket.emit(event, acknowledged);
      else socket.emit(event, payload, acknowledged);
    });
  const must: TestClient["must"] = async <T>(event: string, payload?: unknown, timeoutMs?: number) => {
    const answer = await emit<T>(event, payload, timeoutMs);
    if (!answer?.ok) throw new Error(`${event} was refused: ${JSON.stringify(answer?.error ?? answer)}`);
    return answer.data;
  };
  const close = async () => {
    socket.disconnect();
    const engine = socket.io.engine;
    if (!engine || engine.readyState === "closed") return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1_000); // a frozen gateway never says goodbye
      engine.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  };
  return { socket, deviceId, events, emit, must, close, [Symbol.asyncDispose]: close };
}
