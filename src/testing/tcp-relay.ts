/** A TCP relay in front of a server: fails in the ways that networks do, and leads elsewhere as a Kubernetes Service does. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Target {
  /** This machine if left out. */
  host?: string;
  port: number;
}

export interface TcpRelay extends AsyncDisposable {
  port: number;
  /** New connections go there; those that are open stay. `undefined`: they are refused. */
  point(target: Target | undefined): void;
  /** Closes all connections; new ones are accepted. */
  cut(): void;
  /** From now on nothing passes, and nobody is told: as when a cable is pulled. New connections open and stay mute. */
  silence(): void;
  /** Takes all connections and refuses new ones: as when the server is down. */
  refuse(): void;
  /** All passes again. Muted connections stay mute. */
  mend(): void;
}

export async function startRelay(to: Target): Promise<TcpRelay> {
  let target: Target | undefined = to;
  let state: "open" | "silent" | "refusing" = "open";
  const sockets = new Set<Socket>();
  const muted = new Set<Socket>();

  const server = createServer((near) => {
    near.on("error", () => {});
    if (state === "refusing" || target === undefined) return void near.resetAndDestroy();
    const far = connect(target.port, target.host ?? "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        if (!muted.delete(socket)) other.destroy();
      });
      socket.pipe(other);
    }
    if (state === "silent") mute([near, far]);
  });

  function mute(some: Iterable<Socket>): void {
    for (const socket of some) {
      muted.add(socket);
      socket.unpipe().pause();
    }
  }
  const destroyAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    point(next) {
      target = next;
    },
    cut: destroyAll,
    silence() {
      state = "silent";
      mute(sockets);
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
