import { randomUUID } from "node:crypto";
import type * as z from "zod";
import { type ClientEventName, clientEvents } from "../../protocol/client-events.ts";
import { ChatError, type WireError } from "../../protocol/errors.ts";
import { asChatError } from "../../store/client.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { type HandlerDependencies, handlers } from "./handlers.ts";
import type { ChatSocket } from "./types.ts";

type Acknowledge = (answer: { ok: true; data: unknown } | { ok: false; error: WireError }) => void;

export interface DispatchDependencies extends HandlerDependencies {
  log: Logger;
  metrics: HandlerDependencies["metrics"] & Pick<Metrics, "requestFailed" | "requestAnswered">;
}

/**
 * One client event from its arrival to its answer: checked against the protocol, handed to its handler,
 * answered by acknowledgement, or by event when the client gave no callback. Never throws.
 */
export async function dispatch(
  deps: DispatchDependencies,
  socket: ChatSocket,
  event: string,
  args: unknown[],
): Promise<void> {
  const acknowledge = typeof args.at(-1) === "function" ? (args.pop() as Acknowledge) : undefined;
  const payload = args[0];
  const known = Object.hasOwn(clientEvents, event);
  deps.metrics.requestAnswered("socket", known ? event : "unknown");
  try {
    const definition = clientEvents[event as ClientEventName];
    if (!known)
      throw new ChatError("VALIDATION_FAILED", `There is no event ${event.slice(0, 64)}`, { field: "event" });
    const parsed = parse(definition.payload, payload);
    const handler = handlers[event as ClientEventName] as (
      d: object,
      s: ChatSocket,
      p: unknown,
    ) => Promise<unknown>;
    const data = await handler(deps, socket, parsed);
    if (acknowledge) acknowledge({ ok: true, data });
    else if (definition.answer) socket.emit(definition.answer, data);
  } catch (thrown) {
    const error = describe(asChatError(thrown), deps.log, event);
    deps.metrics.requestFailed(error.code, "socket");
    deps.log.debug(
      { event: event.slice(0, 64), code: error.code, socketId: socket.id },
      "an event was refused",
    );
    if (acknowledge) acknowledge({ ok: false, error });
    else emitError(socket, event, payload, error);
  }
}

function parse(schema: z.ZodType, payload: unknown): unknown {
  const result = schema.safeParse(payload ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  const field = issue.path.join(".");
  throw new ChatError("VALIDATION_FAILED", field ? `${field}: ${issue.message}` : issue.message, { field });
}

/** An error as the client may see it. What is not ours is logged with an id, and told only by the id. */
function describe(thrown: unknown, log: Logger, event: string): WireError {
  if (thrown instanceof ChatError)
    return {
      code: thrown.code,
      message: thrown.message,
      ...(thrown.field !== undefined && { field: thrown.field }),
      ...(thrown.retryAfter !== undefined && { retryAfter: thrown.retryAfter }),
    };
  const traceId = randomUUID().replaceAll("-", "");
  log.error({ err: thrown, event, traceId }, "an event failed unexpectedly");
  return {
    code: "INTERNAL",
    message: `Something went wrong here; quote ${traceId} when you report it`,
    traceId,
  };
}

function emitError(socket: ChatSocket, event: string, payload: unknown, error: WireError): void {
  if (error.code === "RATE_LIMIT_EXCEEDED") {
    socket.emit("RATE_LIMIT_EXCEEDED", {
      error: error.message,
      retryAfter: error.retryAfter,
      event,
      ...tempIdOf(payload),
    });
    return;
  }
  socket.emit("ERROR", {
    ...error,
    timestamp: new Date().toISOString(),
    event: event.slice(0, 64),
    ...tempIdOf(payload),
  });
}

function tempIdOf(payload: unknown): { tempId?: string } {
  const tempId =
    typeof payload === "object" && payload !== null && "tempId" in payload ? payload.tempId : undefined;
  return typeof tempId === "string" && tempId.length <= 128 ? { tempId } : {};
}
