import { setTimeout as delay } from "node:timers/promises";
import { type ConnectOptions, connect, type TestClient } from "./connect.ts";

/** How a link connects, and whether its clients come back by themselves. */
export type LinkKind = {
  /** In place of `connect`. */
  readonly dial?: (options: ConnectOptions) => Promise<TestClient>;
  /** Clients reconnect as stock ones do: a lost connection is waited for, not replaced. */
  readonly keeps?: boolean;
};

export type LinkOptions = LinkKind & {
  /** The gateways, any of which will do. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly deviceId: string;
  readonly onEvent: (event: string, payload: unknown) => void;
  /** Called after each (re)connect. */
  readonly onUp: (client: TestClient) => void;
};

/**
 * A connection that comes back: to the gateway last asked for, and when that one does not answer to the next.
 *
 *   offline --online()--> connecting --connected--> up --lost--> connecting
 *      ^--------------------- offline() from any state ------------'
 */
export class GatewayLink {
  readonly #options: LinkOptions;
  #gateway = 0;
  #client: TestClient | undefined;
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  readonly #waiters = new Set<(client: TestClient) => void>();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The connection, while there is one. */
  get client(): TestClient | undefined {
    return this.#client?.socket.connected ? this.#client : undefined;
  }

  /** Starts connecting, to this gateway first; at once a new connection if there is one already. */
  async online(gateway = this.#gateway): Promise<void> {
    do await this.offline();
    while (this.#stop?.signal.aborted === false); // somebody else asked meanwhile: the later call wins
    this.#gateway = gateway % this.#options.urls.length;
    this.#stop = new AbortController();
    this.#running = this.#run(this.#stop.signal);
  }

  /** Closes the connection and stays away; resolves once nothing of it runs. */
  async offline(): Promise<void> {
    this.#stop?.abort();
    await this.#running;
  }

  /** The connection as soon as there is one; undefined if the signal aborts first. */
  async up(signal: AbortSignal): Promise<TestClient | undefined> {
    if (this.client) return this.client;
    return new Promise((resolve) => {
      const settle = (client?: TestClient) => {
        this.#waiters.delete(settle);
        signal.removeEventListener("abort", aborted);
        resolve(client);
      };
      const aborted = () => settle();
      if (signal.aborted) return resolve(undefined);
      signal.addEventListener("abort", aborted);
      this.#waiters.add(settle);
    });
  }

  async #run(stop: AbortSignal): Promise<void> {
    for (let failures = 0; !stop.aborted; ) {
      const url = this.#options.urls[this.#gateway] as string;
      const { token, deviceId, onEvent, dial = connect } = this.#options;
      const client = await dial({ url, token, deviceId, onEvent, timeoutMs: 2_000 }).catch(() => undefined);
      if (!client) {
        this.#gateway = (this.#gateway + 1) % this.#options.urls.length;
        failures += 1;
        await delay(Math.min(1_000, 50 * failures), undefined, { signal: stop }).catch(() => {});
        continue;
      }
      failures = 0;
      this.#client = client;
      if (!stop.aborted && client.socket.connected) {
        const welcome = () => {
          this.#options.onUp(client);
          for (const waiter of this.#waiters) waiter(client);
        };
        welcome();
        client.socket.on("connect", welcome);
        await (this.#options.keeps ? aborted(stop) : ended(client, stop));
        client.socket.off("connect", welcome);
      }
      this.#client = undefined;
      await client.close();
    }
  }
}

function aborted(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
}

function ended(client: TestClient, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted || !client.socket.connected) return resolve();
    const settle = () => {
      stop.removeEventListener("abort", settle);
      client.socket.off("disconnect", settle);
      resolve();
    };
    stop.addEventListener("abort", settle);
    client.socket.once("disconnect", settle);
  });
}
