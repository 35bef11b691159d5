import { type ConnectOptions, ConnectRefused, connect, type TestClient } from "../client/connect.ts";
import type { Answer } from "../client/wire.ts";
import type { Meter } from "./meter.ts";

/** socket.io-client's own, said here because RECONNECT changes them for one attempt. */
const STOCK = { reconnectionDelay: 1_000, reconnectionDelayMax: 5_000, randomizationFactor: 0.5 };

/**
 * Connects a client that comes back as a stock socket.io-client does, after `delayMs` when told RECONNECT, and counts
 * every error that it sees. What a server refused a stock client does not try again: an app calls `connect()`, and so
 * does this one, after a second or so.
 */
export async function stockClient(options: ConnectOptions, meter: Meter): Promise<TestClient> {
  // A stock client waits for a connection for 20 s.
  const io = { reconnection: true, timeout: 20_000, ...STOCK, ...options.io };
  const client = await connect({ ...options, timeoutMs: 20_000, io }).catch((error: Error) => {
    meter.error("CONNECT", codeOf(error));
    throw error;
  });
  const { socket } = client;
  let again: NodeJS.Timeout | undefined;
  const retry = () => {
    clearTimeout(again);
    again = setTimeout(() => socket.connect(), 1_000 + Math.random() * 1_000);
  };

  socket.on("RECONNECT", ({ delayMs }: { delayMs: number }) => {
    meter.told += 1;
    socket.io.reconnectionDelay(Math.max(1, delayMs));
    socket.io.randomizationFactor(0);
  });
  socket.io.on("reconnect_attempt", () => {
    socket.io.reconnectionDelay(STOCK.reconnectionDelay);
    socket.io.randomizationFactor(STOCK.randomizationFactor);
  });
  socket.on("connect_error", (error) => {
    meter.error("CONNECT", codeOf(error));
    if (!socket.active) retry();
  });
  socket.on("disconnect", (reason) => {
    // "io client disconnect" is our own close.
    if (reason !== "io server disconnect") return;
    meter.error("DISCONNECT", reason);
    retry();
  });
  for (const event of ["ERROR", "CONNECTION_ERROR", "FORCE_DISCONNECT"]) {
    socket.on(event, (told: { code?: string; reason?: string }) =>
      meter.error(event, told?.code ?? told?.reason ?? "?"),
    );
  }
  const close = async () => {
    clearTimeout(again);
    await client.close();
  };
  return { ...client, emit: counted(client, meter), close, [Symbol.asyncDispose]: close };
}

function counted(client: TestClient, meter: Meter): TestClient["emit"] {
  return async <T>(event: string, payload?: unknown, timeoutMs?: number): Promise<Answer<T>> => {
    try {
      const answer = await client.emit<T>(event, payload, timeoutMs);
      if (!answer.ok) meter.error(event, answer.error.code);
      return answer;
    } catch (error) {
      // Lost with its connection, an answer is asked for again on the next one: nobody is told of an error.
      if (client.socket.connected) meter.error(event, "NO ANSWER");
      else meter.lostAnswers += 1;
      throw error;
    }
  };
}

function codeOf(error: Error & { readonly data?: { readonly code?: string } }): string {
  if (error.data?.code) return error.data.code;
  return error instanceof ConnectRefused
    ? error.message.replace(/^\S+ refused the connection: /, "")
    : error.message;
}
