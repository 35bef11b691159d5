import { io } from "socket.io-client";
import type { Answer, Link } from "./link.ts";

export interface SocketOptions {
  readonly url: string;
  readonly deviceId: string;
  readonly token: () => Promise<string>;
  /** The server takes the token no longer. @returns whether there is another; rejects if that cannot be told now. */
  readonly renew: () => Promise<boolean>;
  /** The device is in all its conversations. */
  readonly onUp: () => void;
  readonly onDown: () => void;
  readonly onEvent: (event: string, payload: unknown) => void;
  /** It stays away by the server's wish: another page of the same device took over. */
  readonly onReplaced: () => void;
}

export interface SocketLink extends Link {
  /** Tries at once, e.g. because the network is back. */
  hurry(): void;
  close(): void;
}

/** Acknowledgements take longer than this only when something is wrong, in ms. */
const ANSWER_TIMEOUT = 8_000;
const RETRY = 1_000;
const MAX_RETRY = 10_000;

/**
 * The socket to a gateway. It comes back by itself after anything but being replaced:
 *
 *   down ──CONNECTION_SUCCESS──▶ up ──lost, drained, idle, token ended──▶ down (a new token where needed)
 *   up ──the same device elsewhere──▶ ended
 */
export function createSocketLink(options: SocketOptions): SocketLink {
  let up = false;
  let ended = false;
  let failures = 0;
  let forced: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const socket = io(`${options.url}/ws`, {
    transports: ["websocket"],
    forceNew: true,
    reconnectionDelay: 300,
    reconnectionDelayMax: 5_000,
    randomizationFactor: 0.5,
    timeout: 8_000,
    autoConnect: false,
    auth: (send) => {
      options.token().then(
        (token) => send({ token, deviceId: options.deviceId }),
        // Refused then, and that renews.
        () => send({ deviceId: options.deviceId }),
      );
    },
  });

  function down(): void {
    if (!up) return;
    up = false;
    options.onDown();
  }

  function later(delay: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!ended && !socket.connected) socket.connect();
    }, delay);
  }

  /** 1 s at first, then longer, spread over the second half of the time. */
  function backoff(): number {
    failures += 1;
    return Math.min(MAX_RETRY, RETRY * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2);
  }

  function renew(): void {
    options.renew().then(
      // Over otherwise: whoever keeps the session says so.
      (renewed) => renewed && later(0),
      () => later(backoff()),
    );
  }

  socket.on("disconnect", (reason) => {
    const why = forced;
    forced = undefined;
    clearTimeout(timer);
    down();
    if (ended) return;
    if (why === "DUPLICATE_CONNECTION") {
      ended = true;
      options.onReplaced();
    } else if (why === "TOKEN_EXPIRED") renew();
    // From all but a server's own "disconnect" socket.io-client returns by itself.
    else if (reason === "io server disconnect") later(RETRY * Math.random());
  });
  socket.on("connect_error", (error: Error & { data?: { code?: string } }) => {
    if (ended || socket.active) return;
    if (error.data?.code === "UNAUTHENTICATED") renew();
    else later(backoff());
  });
  socket.onAny((event: string, payload: unknown) => {
    if (event === "CONNECTION_SUCCESS") {
      up = true;
      failures = 0;
      options.onUp();
    } else if (event === "FORCE_DISCONNECT") forced = (payload as { reason?: string } | undefined)?.reason;
    else if (event === "RECONNECT") {
      // This gateway drains. Its transport closes in a moment; should it not, we go.
      const { delayMs = 0 } = (payload ?? {}) as { delayMs?: number };
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (ended || !up) return;
        socket.disconnect();
        socket.connect();
      }, delayMs + 1_000);
    }
    options.onEvent(event, payload);
  });
  socket.connect();

  return {
    get up() {
      return up;
    },
    async ask<T>(event: string, payload: unknown, timeout = ANSWER_TIMEOUT) {
      if (!up) return undefined;
      const lost = Promise.withResolvers<undefined>();
      const gone = () => lost.resolve(undefined);
      socket.once("disconnect", gone);
      const answer = socket.timeout(timeout).emitWithAck(event, payload) as Promise<Answer<T>>;
      return Promise.race([answer.catch(() => undefined), lost.promise]).finally(() =>
        socket.off("disconnect", gone),
      );
    },
    tell(event, payload) {
      if (up) socket.emit(event, payload);
    },
    hurry() {
      if (ended || socket.connected) return;
      clearTimeout(timer);
      // A pause before the next attempt ends now.
      socket.disconnect();
      socket.connect();
    },
    close() {
      ended = true;
      clearTimeout(timer);
      socket.disconnect();
      down();
    },
  };
}
