import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConnectRefused, connect } from "./connect.ts";

// A server of a few lines that answers, stays silent, refuses or hangs up, as the test asks.
const http = createServer();
const server = new Server(http, { transports: ["websocket"] });
let url = "";

beforeAll(async () => {
  server.of("/ws").use((socket, next) => {
    if (socket.handshake.auth.token === "good") return next();
    next(Object.assign(new Error("no"), { data: { code: "UNAUTHENTICATED" } }));
  });
  server.of("/ws").on("connection", (socket) => {
    socket.emit("CONNECTION_SUCCESS", { deviceId: socket.handshake.auth.deviceId });
    socket.on("echo", (payload, ack) => ack({ ok: true, data: payload }));
    socket.on("refuse", (_payload, ack) => ack({ ok: false, error: { code: "CONFLICT", message: "twice" } }));
    socket.on("hang up", () => socket.disconnect());
    socket.on("tell", (event, payloads: unknown[]) => {
      for (const payload of payloads) socket.emit(event, payload);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe("the test client", () => {
  test("connects, keeps what comes first, and resolves with acknowledgements", async () => {
    await using client = await connect({ url, token: "good", deviceId: "phone" });
    expect(await client.events.next("CONNECTION_SUCCESS")).toEqual({ deviceId: "phone" });
    expect(await client.emit("echo", { a: 1 })).toEqual({ ok: true, data: { a: 1 } });
    expect(await client.emit("refuse", {})).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
    await expect(client.must("refuse", {})).rejects.toThrow("CONFLICT");
  });

  test("tells why it was refused", async () => {
    const refused = await connect({ url, token: "bad" }).catch((error) => error);
    expect(refused).toBeInstanceOf(ConnectRefused);
    expect(refused.data).toEqual({ code: "UNAUTHENTICATED" });
  });

  test("gives an unanswered event back, after a time-out or with the connection", async () => {
    await using client = await connect({ url, token: "good" });
    await expect(client.emit("silence", {}, 30)).rejects.toThrow("not acknowledged within 30 ms");
    await expect(client.emit("hang up", {})).rejects.toThrow("connection lost");
    expect(await client.events.next("disconnect")).toBe("io server disconnect");
    await expect(client.emit("echo", {})).rejects.toThrow("not connected");
  });

  test("hands each event to one waiter only, early or late, and keeps all", async () => {
    await using client = await connect({ url, token: "good" });
    const early = client.events.next<number>("number", (n) => n > 1);
    client.socket.emit("tell", "number", [1, 2, 3]);
    expect(await early).toBe(2);
    expect(await client.events.next("number")).toBe(1);
    expect(await client.events.next("number")).toBe(3);
    await client.events.never("number", () => true, 20);
    await expect(client.events.next("number", () => true, 20)).rejects.toThrow("within 20 ms");
    expect(client.events.all("number")).toEqual([1, 2, 3]);
  });
});
