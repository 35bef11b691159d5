/**
 * Engine.IO 4 and Socket.IO 5 as far as a chat client needs them, over WebSocket only: text to packets and back.
 * Pure: this file runs in k6 and in Node.
 */

/** The namespace that every packet of ours names. */
const NAMESPACE = "/ws";

/** What a frame of the server says. */
export type Packet =
  | { readonly kind: "open"; readonly pingInterval: number; readonly pingTimeout: number }
  | { readonly kind: "ping" }
  | { readonly kind: "connected" }
  /** The namespace was refused; `code` as in `connect_error.data`. */
  | { readonly kind: "refused"; readonly code: string }
  /** The payload is read when it is asked for: most events of a crowd are of no interest. */
  | { readonly kind: "event"; readonly name: string; readonly payload: () => unknown }
  | { readonly kind: "acknowledgement"; readonly id: number; readonly answer: unknown }
  /** The server ended the namespace or the connection. */
  | { readonly kind: "ended" }
  | { readonly kind: "unknown" };

const unknown: Packet = { kind: "unknown" };

/** Reads one text frame. What is not understood is `unknown`, never an exception. */
export function readPacket(frame: string): Packet {
  switch (frame.charAt(0)) {
    case "0":
      return opened(parse(frame.slice(1)));
    case "1":
      return { kind: "ended" };
    case "2":
      return { kind: "ping" };
    case "4":
      return readMessage(frame);
    default:
      return unknown;
  }
}

/** Answers a ping. */
export const PONG = "3";

/** Asks to be let into the namespace, as `io("…/ws", {auth})` does. */
export function connectPacket(auth: { readonly token: string; readonly deviceId: string }): string {
  return `40${NAMESPACE},${JSON.stringify(auth)}`;
}

/** An event of the client; with an `id` the server acknowledges it by that number. */
export function eventPacket(name: string, payload: unknown, id?: number): string {
  return `42${NAMESPACE},${id ?? ""}${JSON.stringify(payload === undefined ? [name] : [name, payload])}`;
}

/** Where a gateway takes Socket.IO connections: `http(s)://host` to `ws(s)://host/socket.io/…`. */
export function socketUrl(gateway: string): string {
  const base = gateway.replace(/^http/, "ws").replace(/\/+$/, "");
  return `${base}/socket.io/?EIO=4&transport=websocket`;
}

function opened(value: unknown): Packet {
  const { pingInterval, pingTimeout } = (value ?? {}) as { pingInterval?: unknown; pingTimeout?: unknown };
  if (typeof pingInterval !== "number" || typeof pingTimeout !== "number") return unknown;
  return { kind: "open", pingInterval, pingTimeout };
}

/** `4<type>/ws,[<id>]<JSON>` */
function readMessage(frame: string): Packet {
  const type = frame.charAt(1);
  const prefix = 2 + NAMESPACE.length;
  const mine = frame.startsWith(NAMESPACE, 2) && (frame.length === prefix || frame.charAt(prefix) === ",");
  if (!mine) return unknown;
  if (type === "1") return { kind: "ended" };
  let at = prefix + 1;
  let id = -1;
  for (let digit = digitAt(frame, at); digit >= 0; digit = digitAt(frame, ++at)) {
    id = (id < 0 ? 0 : id * 10) + digit;
  }
  if (type === "0") return { kind: "connected" };
  if (type === "2") return readEvent(frame.slice(at));
  const value = parse(frame.slice(at));
  if (type === "4") return { kind: "refused", code: codeOf(value) };
  if (!Array.isArray(value)) return unknown;
  if (type === "3") return id < 0 ? unknown : { kind: "acknowledgement", id, answer: value[0] };
  return unknown;
}

/** `["NAME",payload]`, of which only the name is read as long as that is a plain one. */
function readEvent(json: string): Packet {
  const plain = /^\["([A-Z_]+)"[,\]]/.exec(json)?.[1];
  if (plain !== undefined) {
    return { kind: "event", name: plain, payload: () => (parse(json) as unknown[] | undefined)?.[1] };
  }
  const value = parse(json);
  if (!Array.isArray(value) || typeof value[0] !== "string") return unknown;
  return { kind: "event", name: value[0], payload: () => value[1] };
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

function codeOf(refusal: unknown): string {
  const { data, message } = (refusal ?? {}) as { data?: { code?: unknown }; message?: unknown };
  if (typeof data?.code === "string") return data.code;
  return typeof message === "string" ? message : "refused";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
