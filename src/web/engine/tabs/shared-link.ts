/** One socket for all tabs: the leader's own, and for the others the leader's by way of the channel. */
import type { Answer, Link } from "../connection/link.ts";
import { randomId } from "../random-id.ts";
import type { Channel, TabMessage } from "./channel.ts";

/** An answer that takes longer comes from nowhere: its leader is gone, in ms. */
const MARGIN = 2_000;
const ANSWER_TIMEOUT = 8_000;

export interface SharedLink extends Link {
  /** This tab leads now, with this socket; null: it does no more. */
  use(socket: Link | null): void;
  /** What the leader says of its socket. */
  leaderIs(up: boolean): void;
  /** A message of another tab; the leader serves it. */
  receive(message: TabMessage): void;
}

export function createSharedLink(channel: Channel): SharedLink {
  let socket: Link | null = null;
  let leaderUp = false;
  const waiting = new Map<string, (answer: Answer | undefined) => void>();

  return {
    get up() {
      return socket ? socket.up : leaderUp;
    },
    use(next) {
      socket = next;
      leaderUp = false;
    },
    leaderIs(up) {
      if (!socket) leaderUp = up;
      if (up) return;
      for (const settle of waiting.values()) settle(undefined);
    },
    ask<T>(event: string, payload: unknown, timeout = ANSWER_TIMEOUT) {
      if (socket) return socket.ask<T>(event, payload, timeout);
      if (!leaderUp) return Promise.resolve(undefined);
      const id = randomId();
      return new Promise<Answer<T> | undefined>((resolve) => {
        const settle = (answer: Answer | undefined) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(answer as Answer<T> | undefined);
        };
        const timer = setTimeout(() => settle(undefined), timeout + MARGIN);
        waiting.set(id, settle);
        channel.post({ kind: "ask", id, event, payload, timeout });
      });
    },
    tell(event, payload) {
      if (socket) socket.tell(event, payload);
      else channel.post({ kind: "tell", event, payload });
    },
    receive(message) {
      if (message.kind === "answer") waiting.get(message.id)?.(message.answer);
      else if (!socket) return;
      else if (message.kind === "tell") socket.tell(message.event, message.payload);
      else if (message.kind === "ask") {
        const { id, event, payload, timeout } = message;
        void socket
          .ask(event, payload, timeout)
          .then((answer) => channel.post({ kind: "answer", id, answer }));
      }
    },
  };
}
