import { randomUUID } from "node:crypto";
import type { Identity } from "../../identity/identity.ts";
import { ChatError } from "../../protocol/errors.ts";
import { isStorable } from "../../protocol/primitives.ts";
import { asChatError } from "../../store/client.ts";
import type { DatabaseClock } from "../../store/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { ChatNamespace, ChatSocket } from "./types.ts";

const MAX_DEVICE_ID = 128;
const forgotten = Object.freeze({ auth: {}, headers: {}, query: {} });

export interface HandshakeDependencies {
  identity: Pick<Identity, "authenticate">;
  maxConnections: number;
  isDraining(): boolean;
  clock: Pick<DatabaseClock, "now">;
  log: Logger;
  metrics: Pick<Metrics, "connectionRefused">;
}

/** Lets a connection in, or refuses it with `connect_error.data = {code, message}`. */
export function guardHandshakes(namespace: ChatNamespace, deps: HandshakeDependencies): void {
  namespace.use((socket, next) => {
    admit(deps, namespace, socket).then(
      () => next(),
      (thrown) => {
        const error = asChatError(thrown);
        const known =
          error instanceof ChatError
            ? error
            : new ChatError("INTERNAL", "The connection could not be checked; try again");
        if (known !== error) deps.log.error({ err: thrown }, "a handshake failed unexpectedly");
        deps.metrics.connectionRefused(known.code);
        next(Object.assign(new Error(known.message), { data: { code: known.code, message: known.message } }));
      },
    );
  });
}

async function admit(
  deps: HandshakeDependencies,
  namespace: ChatNamespace,
  socket: ChatSocket,
): Promise<void> {
  if (deps.isDraining()) throw new ChatError("UNAVAILABLE", "This gateway is draining; connect again");
  if (namespace.sockets.size >= deps.maxConnections)
    throw new ChatError("UNAVAILABLE", "This gateway has as many connections as it may; try another");
  const auth = socket.handshake.auth as { token?: unknown; deviceId?: unknown };
  const bearer = await deps.identity.authenticate(auth.token);
  socket.data = {
    userId: bearer.userId,
    deviceId: deviceIdOf(auth.deviceId),
    expiresAt: bearer.expiresAt.getTime(),
    connectedAt: Date.now(),
    liveSince: deps.clock.now(),
    lastEvent: performance.now(),
    caughtUp: false,
    sending: undefined,
  };
  // Neither the token nor the request is needed again: not keeping them saves several KB a connection.
  Object.assign(socket, { handshake: forgotten });
}

function deviceIdOf(value: unknown): string {
  if (value === undefined || value === null || value === "") return randomUUID();
  if (typeof value !== "string" || value.length > MAX_DEVICE_ID || !isStorable(value))
    throw new ChatError(
      "VALIDATION_FAILED",
      `deviceId must be a text of at most ${MAX_DEVICE_ID} characters`,
      {
        field: "deviceId",
      },
    );
  return value;
}
