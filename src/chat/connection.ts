import { io, type Socket } from "socket.io-client";
import type { WireError } from "../protocol/errors.ts";

/** The acknowledgement of a client event. */
export type Answer<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: WireError };

export type ConnectionOptions = {
  readonly url: string;
  readonly deviceId: string;
  /** The access token to connect with now. */
  readonly token: () => string;
  /** Called when the server no longer takes the token. Rejects when signing in again was refused. */
  readonly renew: () => Promise<void>;
  readonly onUp: () => void;
  readonly onDown: () => void;
  readonly onEvent: (event: string, payload: unknown) => void;
  /** It is over: why, for a person to read. */
  readonly onEnd: (reason: string) => void;
};

const RETRY_MS = 1_000;

/**
 * The socket to a gateway. It comes back by itself after anything but the end:
 *
 *   down --connect--> up --lost, drained, idle, token expired--> down (signs in again where needed)
 *   up --another terminal with the same device--> ended        down --signing in refused--> ended
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #forced: string | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = io(`${options.url}/ws`, {
      transports: ["websocket"],
      autoConnect: false,
      reconnectionDelay: 300,
      reconnectionDelayMax: 5_000,
      timeout: 5_000,
      auth: (send) => send({ token: options.token(), deviceId: options.deviceId }),
    });
    this.#socket.on("connect", options.onUp);
    this.#socket.on("disconnect", (reason) => this.#lost(reason));
    this.#socket.on("connect_error", (error: Error & { data?: { code?: string } }) =>
      this.#refused(error.data?.code),
    );
    this.#socket.onAny((event: string, payload: unknown) => {
      if (event === "FORCE_DISCONNECT") this.#forced = (payload as { reason?: string })?.reason;
      if (event === "RECONNECT") this.#later((payload as { delayMs?: number })?.delayMs ?? 0, true);
      options.onEvent(event, payload);
    });
  }

  get up(): boolean {
    return this.#socket.connected;
  }

  open(): void {
    this.#socket.connect();
  }

  close(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket.disconnect();
  }

  /** Emits and resolves with the acknowledgement; undefined when none came in time or there is no connection. */
  ask<T>(event: string, payload: unknown, timeoutMs = 5_000): Promise<Answer<T> | undefined> {
    if (!this.#socket.connected) return Promise.resolve(undefined);
    return this.#socket
      .timeout(timeoutMs)
      .emitWithAck(event, payload)
      .catch(() => undefined);
  }

  /** Emits what needs no answer; nothing when there is no connection. */
  tell(event: string, payload: unknown): void {
    if (this.#socket.connected) this.#socket.emit(event, payload);
  }

  #lost(reason: string): void {
    if (this.#ended) return;
    this.#options.onDown();
    const forced = this.#forced;
    this.#forced = undefined;
    if (forced === "DUPLICATE_CONNECTION") this.#end("another terminal of yours took over");
    else if (forced === "TOKEN_EXPIRED") this.#renew();
    // socket.io-client returns by itself from all but a server's own "disconnect".
    else if (reason === "io server disconnect") this.#later(RETRY_MS);
  }

  #refused(code: string | undefined): void {
    if (this.#ended || this.#socket.active) return;
    if (code === "UNAUTHENTICATED") this.#renew();
    else this.#later(RETRY_MS);
  }

  #renew(): void {
    this.#options.renew().then(
      () => this.#later(0),
      (error: Error) => this.#end(error.message),
    );
  }

  #later(delayMs: number, moving = false): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#ended) return;
      if (moving) this.#socket.disconnect();
      this.#socket.connect();
    }, delayMs);
  }

  #end(reason: string): void {
    this.close();
    this.#options.onEnd(reason);
  }
}
