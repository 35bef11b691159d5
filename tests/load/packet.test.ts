import * as fc from "fast-check";
import { expect, test } from "vitest";
import { connectPacket, eventPacket, readPacket, socketUrl } from "../../k6/scripts/packet.ts";

test("the server's opening tells how often it pings", () => {
  const frame = '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
  expect(readPacket(frame)).toEqual({ kind: "open", pingInterval: 25_000, pingTimeout: 20_000 });
});

test("each kind of packet is told from the others", () => {
  expect(readPacket("2")).toEqual({ kind: "ping" });
  expect(readPacket('40/ws,{"sid":"b"}')).toEqual({ kind: "connected" });
  expect(readPacket('44/ws,{"message":"no","data":{"code":"UNAUTHENTICATED"}}')).toEqual({
    kind: "refused",
    code: "UNAUTHENTICATED",
  });
  expect(readPacket("41/ws,")).toEqual({ kind: "ended" });
  expect(readPacket("41/ws")).toEqual({ kind: "ended" });
  expect(readPacket("1")).toEqual({ kind: "ended" });
});

test("packets of another namespace are not ours", () => {
  expect(readPacket('42["NEW_MESSAGE",{}]')).toEqual({ kind: "unknown" });
  expect(readPacket('42/wsx,["NEW_MESSAGE",{}]')).toEqual({ kind: "unknown" });
});

const names = fc.oneof(fc.constantFrom("NEW_MESSAGE", "SYNC"), fc.string({ minLength: 1 }));

test("an event that the client writes is read as it was said, with the number that is to acknowledge it", () => {
  fc.assert(
    fc.property(names, fc.jsonValue(), fc.option(fc.nat()), (name, payload, id) => {
      const frame = eventPacket(name, payload, id ?? undefined);
      expect(frame.startsWith(`42/ws,${id ?? ""}[`)).toBe(true);
      const packet = readPacket(frame);
      expect(packet).toMatchObject({ kind: "event", name });
      if (packet.kind === "event") expect(packet.payload()).toEqual(JSON.parse(JSON.stringify(payload)));
    }),
  );
});

test("an acknowledgement carries its number, whatever digits follow in its answer", () => {
  fc.assert(
    fc.property(fc.nat(), fc.jsonValue(), (id, answer) => {
      const packet = readPacket(`43/ws,${id}${JSON.stringify([answer])}`);
      expect(packet).toEqual({ kind: "acknowledgement", id, answer: JSON.parse(JSON.stringify(answer)) });
    }),
  );
});

test("no frame at all is an exception", () => {
  const frames = fc.oneof(
    fc.string(),
    fc.tuple(fc.constantFrom("0", "42/ws,", "43/ws,", "44/ws,"), fc.string()).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(frames, (frame) => {
      expect(readPacket(frame).kind).toBeTypeOf("string");
    }),
  );
});

test("a client signs in with its token and device", () => {
  const auth = { token: "t", deviceId: "d" };
  expect(connectPacket(auth)).toBe('40/ws,{"token":"t","deviceId":"d"}');
});

test("the socket's address is made of the gateway's", () => {
  const path = "/socket.io/?EIO=4&transport=websocket";
  expect(socketUrl("http://localhost:3000")).toBe(`ws://localhost:3000${path}`);
  expect(socketUrl("https://chat.example.com/")).toBe(`wss://chat.example.com${path}`);
});
