import { expect, test } from "vitest";
import { deliveriesOf } from "./announcer.ts";
import { createDeviceBook, localStatus, stateOf } from "./devices.ts";

type Step = [at: number, what: "connected" | "disconnected" | "active"];

// What Redis is to hold of the device at the end: "0" in use, the time of its last use, "" gone.
test.each<{ name: string; steps: Step[]; at: number; state: string; status: string }>([
  { name: "connected", steps: [[10, "connected"]], at: 10, state: "0", status: "online" },
  {
    name: "gone for less than the grace",
    steps: [
      [10, "connected"],
      [20, "disconnected"],
    ],
    at: 119,
    state: "0",
    status: "online",
  },
  {
    name: "gone for the grace",
    steps: [
      [10, "connected"],
      [20, "disconnected"],
    ],
    at: 120,
    state: "",
    status: "offline",
  },
  {
    name: "back within the grace",
    steps: [
      [10, "connected"],
      [20, "disconnected"],
      [119, "connected"],
    ],
    at: 300,
    state: "0",
    status: "online",
  },
  {
    name: "back after the grace",
    steps: [
      [10, "connected"],
      [20, "disconnected"],
      [121, "connected"],
    ],
    at: 300,
    state: "0",
    status: "online",
  },
  {
    name: "two sockets for a moment",
    steps: [
      [10, "connected"],
      [20, "connected"],
      [21, "disconnected"],
    ],
    at: 300,
    state: "0",
    status: "online",
  },
  {
    name: "disconnected once too often",
    steps: [
      [10, "connected"],
      [20, "disconnected"],
      [21, "disconnected"],
      [22, "connected"],
    ],
    at: 300,
    state: "0",
    status: "online",
  },
  {
    name: "not used for long",
    steps: [
      [10, "connected"],
      [500, "active"],
    ],
    at: 1500,
    state: "500",
    status: "away",
  },
  {
    name: "used again",
    steps: [
      [10, "connected"],
      [1400, "active"],
    ],
    at: 1500,
    state: "0",
    status: "online",
  },
])("a device that is $name", ({ steps, at, state, status }) => {
  const book = createDeviceBook({ grace: 100, awayAfter: 1000 });
  function pass(now: number): void {
    book.endGrace(now);
    book.findAway(now);
  }
  for (const [time, what] of steps) {
    pass(time);
    book[what]("u", "d", time);
  }
  pass(at);
  const user = book.users.get("u");
  const device = user?.devices.get("d");
  expect(device && stateOf(device)).toBe(state);
  expect(localStatus(user).status).toBe(status);
});

test("those who left first are the first to be gone", () => {
  const book = createDeviceBook({ grace: 100, awayAfter: 10_000 });
  for (const id of ["a", "b", "c"]) book.connected(id, "d", 0);
  book.changed.clear();
  book.disconnected("b", "d", 10);
  book.disconnected("a", "d", 20);
  book.connected("b", "d", 30);
  book.disconnected("b", "d", 40);
  book.endGrace(125);
  expect([...book.changed].map((device) => device.user.userId)).toEqual(["a"]);
  book.endGrace(140);
  expect([...book.changed].map((device) => device.user.userId)).toEqual(["a", "b"]);
});

test("a device that is gone and forgotten leaves nothing behind", () => {
  const book = createDeviceBook({ grace: 0, awayAfter: 1000 });
  book.connected("u", "d", 0);
  book.disconnected("u", "d", 1);
  book.endGrace(1);
  for (const device of [...book.changed]) book.forget(device);
  expect(book.users.size).toBe(0);
  expect(book.changed.size).toBe(0);
});

test.each([
  ["offline", "online", ["USER_ONLINE", "USER_PRESENCE_UPDATE"]],
  ["online", "offline", ["USER_OFFLINE", "USER_PRESENCE_UPDATE"]],
  ["away", "offline", ["USER_OFFLINE", "USER_PRESENCE_UPDATE"]],
  ["online", "away", ["USER_PRESENCE_UPDATE"]],
  ["away", "online", ["USER_PRESENCE_UPDATE"]],
] as const)("from %s to %s others get %s", (before, status, events) => {
  const transition = { userId: "u", before, status, lastActive: 0 };
  const deliveries = deliveriesOf(transition, ["user:v"]);
  expect(deliveries.map((delivery) => delivery.event)).toEqual(events);
  expect(deliveries[0]?.payload).toEqual({ userId: "u", status, lastSeen: "1970-01-01T00:00:00.000Z" });
  expect(deliveriesOf(transition, undefined)).toEqual([]);
});
