import type { Server as HttpServer } from "node:http";
import { Server } from "socket.io";
import type { ClusterBus } from "../../bus/adapter.ts";
import { userRoom } from "../../bus/delivery.ts";
import type { Config } from "../../config/settings.ts";
import { asChatError } from "../../store/client.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { PresenceService } from "../presence/presence.ts";
import { type DispatchDependencies, dispatch } from "./dispatch.ts";
import type { Rooms } from "./rooms.ts";
import type { ChatNamespace, ChatSocket } from "./types.ts";

export type SocketServerConfig = Pick<Config, "WS_HEARTBEAT_INTERVAL" | "WS_HEARTBEAT_TIMEOUT">;

/** Largest frame of a client, in bytes; a longest message with every character escaped fits twice. */
const MAX_FRAME = 1_000_000;

/** The Socket.IO server: WebSocket only (so no sticky sessions), namespace /ws. */
export function createSocketServer(
  http: HttpServer,
  config: SocketServerConfig,
  adapter: ClusterBus["adapter"],
): { io: Server; namespace: ChatNamespace } {
  const io = new Server(http, {
    transports: ["websocket"],
    serveClient: false,
    perMessageDeflate: false, // 250 KB for each connection
    httpCompression: false,
    maxHttpBufferSize: MAX_FRAME,
    pingInterval: config.WS_HEARTBEAT_INTERVAL,
    pingTimeout: config.WS_HEARTBEAT_TIMEOUT,
    connectTimeout: 10_000,
    cleanupEmptyChildNamespaces: false,
    adapter: adapter as never,
  });
  forgetRequests(io);
  io.use((_socket, next) =>
    next(
      Object.assign(new Error("Connect to the namespace /ws"), {
        data: { code: "NOT_FOUND", message: "Connect to the namespace /ws" },
      }),
    ),
  );
  return { io, namespace: io.of("/ws") as ChatNamespace };
}

/**
 * The upgrade's request is several KB for each connection, and nobody reads it again. Engine.IO holds it twice:
 * in its socket, and in the response whose "close" listener lives as long as the connection.
 */
function forgetRequests(io: Server): void {
  const responses = new WeakMap<object, { req?: unknown }>();
  io.engine.use((request: object, response: { req?: unknown }, next: () => void) => {
    responses.set(request, response);
    next();
  });
  io.engine.on("connection", (raw: { request: object | null }) => {
    if (!raw.request) return;
    const response = responses.get(raw.request);
    if (response) response.req = null;
    raw.request = null;
  });
}

export interface ConnectionDependencies {
  gatewayId: string;
  rooms: Rooms;
  presence: Pick<PresenceService, "connected" | "disconnected" | "active">;
  typing: { gone(userId: string): void };
  deviceConnected(socket: ChatSocket): void;
  dispatch: DispatchDependencies;
  log: Logger;
  metrics: Pick<Metrics, "socketConnected" | "socketDisconnected">;
}

/** Serves connections from their admission to their end. */
export function serveConnections(namespace: ChatNamespace, deps: ConnectionDependencies): void {
  const { presence, rooms, metrics } = deps;

  // One function for all events and sockets: a listener for each would cost KBs for each connection.
  function onEvent(this: ChatSocket, event: string, ...args: unknown[]): void {
    this.data.lastEvent = performance.now();
    if (event !== "HEALTH_CHECK") presence.active(this.data.userId, this.data.deviceId);
    void dispatch(deps.dispatch, this, event, args);
  }

  function onDisconnect(this: ChatSocket): void {
    const { userId, deviceId } = this.data;
    presence.disconnected(userId, deviceId);
    if (!namespace.adapter.rooms.has(userRoom(userId))) deps.typing.gone(userId);
    metrics.socketDisconnected(namespace.sockets.size);
  }

  namespace.on("connection", (socket: ChatSocket) => {
    const { userId, deviceId } = socket.data;
    socket.onAny(onEvent);
    socket.on("disconnect", onDisconnect);
    metrics.socketConnected(namespace.sockets.size);
    socket.join(userRoom(userId));
    deps.deviceConnected(socket);
    presence.connected(userId, deviceId);
    rooms.joinAll(socket).then(
      () =>
        socket.emit("CONNECTION_SUCCESS", {
          userId,
          deviceId,
          serverTime: new Date().toISOString(),
          gateway: deps.gatewayId,
        }),
      (thrown) => {
        deps.log.warn({ err: asChatError(thrown) }, "a connection could not join its conversations");
        socket.emit("CONNECTION_ERROR", {
          message: "Your conversations cannot be read at the moment; reconnect",
          code: "UNAVAILABLE",
        });
        // Closing the transport, rather than disconnecting, makes the client come again.
        socket.conn.close();
      },
    );
  });
}
