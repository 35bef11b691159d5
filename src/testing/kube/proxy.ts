/** A TCP proxy in front of an API server that can fail in the ways that networks do. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface FaultyProxy extends AsyncDisposable {
  port: number;
  /** Closes all connections; new ones are accepted. */
  cut(): void;
  /** From now on nothing passes, and nobody is told: as when a cable is pulled. New connections open and stay mute. */
  silence(): void;
  /** Takes all connections and refuses new ones: as when the API server is down. */
  refuse(): void;
  /** All passes again. Muted connections stay mute. */
  mend(): void;
}

export async function startProxy(target: { host: string; port: number }): Promise<FaultyProxy> {
  let state: "open" | "silent" | "refusing" = "open";
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (state === "refusing") return void near.resetAndDestroy();
    const far = connect(target.port, target.host);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        if (state !== "silent") other.destroy();
      });
      socket.pipe(other);
    }
    if (state === "silent") mute();
  });
  const mute = () => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  const destroyAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut: destroyAll,
    silence() {
      state = "silent";
      mute();
    },
    refuse() {
      state = "refusing";
      destroyAll();
    },
    mend() {
      state = "open";
    },
    async [Symbol.asyncDispose]() {
      state = "refusing";
      destroyAll();
      server.close();
      await once(server, "close");
    },
  };
}
