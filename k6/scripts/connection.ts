/** One Socket.IO connection to namespace /ws over k6/websockets. It does not come back: device.ts sees to that. */
import { WebSocket } from "k6/websockets";
import type { ClientEventName, Payload } from "../../src/protocol/client-events.ts";
import { connectPacket, eventPacket, PONG, readPacket, socketUrl } from "./packet.ts";

/** What an acknowledgement says; undefined: the connection ended before it came, and nobody knows. */
export type Answer =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly retryAfter?: number } }
  | undefined;

export interface Listener {
  /** CONNECTION_SUCCESS has come: rooms are joined. */
  up(): void;
  event(name: string, payload: () => unknown): void;
  /** Called once, whoever ended it. `refusal`: the server's code, if it did not let us in. */
  down(reason: string, refusal?: string): void;
}

export interface Connection {
  /** Sends without an acknowledgement. */
  tell<E extends ClientEventName>(event: E, payload: Partial<Payload<E>>): void;
  /** Sends, and calls back exactly once, with the acknowledgement or with undefined when the connection ends. */
  ask<E extends ClientEventName>(
    event: E,
    payload: Partial<Payload<E>>,
    then: (answer: Answer) => void,
  ): void;
  /** Ends it when the server was silent for too long, or owes an answer for more than 10 s. Call it each second. */
  watch(now: number): void;
  close(reason: string, refusal?: string): void;
}

const CONNECT_MS = 20_000;
const ANSWER_MS = 10_000;

interface Waiting {
  readonly since: number;
  readonly then: (answer: Answer) => void;
}

export function openConnection(
  gateway: string,
  auth: { readonly token: string; readonly deviceId: string },
  listener: Listener,
): Connection {
  const socket = new WebSocket(socketUrl(gateway), null, { tags: { name: "/ws" } });
  const waiting = new Map<number, Waiting>();
  let nextId = 0;
  let ended = false;
  let ready = false;
  // Of the server, for the first packet and then as it says.
  let patience = CONNECT_MS;
  let heard = Date.now();

  function end(reason: string, refusal?: string): void {
    if (ended) return;
    ended = true;
    socket.close();
    listener.down(reason, refusal);
    for (const { then } of waiting.values()) then(undefined);
    waiting.clear();
  }

  function read(frame: string): void {
    const packet = readPacket(frame);
    heard = Date.now();
    if (packet.kind === "event") {
      if (!ready && packet.name === "CONNECTION_SUCCESS") {
        ready = true;
        listener.up();
      } else listener.event(packet.name, packet.payload);
    } else if (packet.kind === "acknowledgement") {
      const asked = waiting.get(packet.id);
      waiting.delete(packet.id);
      asked?.then(packet.answer as Answer);
    } else if (packet.kind === "ping") socket.send(PONG);
    else if (packet.kind === "open") {
      patience = packet.pingInterval + packet.pingTimeout;
      socket.send(connectPacket(auth));
    } else if (packet.kind === "refused") end("refused", packet.code);
    else if (packet.kind === "ended") end("ended by the server");
  }

  socket.onmessage = (message) => {
    if (!ended && typeof message?.data === "string") read(message.data);
  };
  socket.onerror = (problem) => end(String(problem?.error ?? "error"));
  socket.onclose = () => end("closed");

  return {
    tell(event, payload) {
      if (!ended) socket.send(eventPacket(event, payload));
    },
    ask(event, payload, then) {
      if (ended) return then(undefined);
      const id = nextId++;
      waiting.set(id, { since: Date.now(), then });
      socket.send(eventPacket(event, payload, id));
    },
    watch(now) {
      if (ended) return;
      if (now - heard > (ready ? patience : CONNECT_MS)) end("silent");
      // Asked in order: the first one waits longest.
      for (const { since } of waiting.values()) {
        if (now - since > ANSWER_MS) end("no answer");
        break;
      }
    },
    close: end,
  };
}
