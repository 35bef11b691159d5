import { describe, expect, test } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import type { TestClient } from "../../testing/client/connect.ts";
import { stage } from "../../testing/contract/stage.ts";

const grace = 500;
const awayAfter = 1500;
const on = stage({ env: { PRESENCE_GRACE: String(grace), PRESENCE_AWAY_AFTER: String(awayAfter) } });
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Presence {
  userId: string;
  status: "online" | "away" | "offline";
  lastSeen: string | null;
}

/** Alice and Bob share a conversation; Eve shares none with anybody. Bob watches on gateway 1, Eve on 0. */
async function scene() {
  const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
  const made = await on.rest(alice).post("/messages", { receiverId: bob.id, content: "hi" });
  expect(made.status).toBe(201);
  const [b, e] = [await on.device(bob, 1), await on.device(eve, 0)];
  return { alice, bob, eve, b, e };
}

function status(client: TestClient, about: Account, wanted: string, timeoutMs?: number): Promise<Presence> {
  const matches = (event: Presence) => event.userId === about.id && event.status === wanted;
  return client.events.next<Presence>("USER_PRESENCE_UPDATE", matches, timeoutMs);
}

const statuses = (client: TestClient, about: Account) =>
  client.events
    .all<Presence>("USER_PRESENCE_UPDATE", ({ userId }) => userId === about.id)
    .map(({ status: told }) => told);

describe("presence", () => {
  test("USER_ONLINE and USER_OFFLINE go, after the grace, to who shares a conversation, and nobody else", async () => {
    const { alice, eve, b, e } = await scene();
    const a = await on.device(alice, 0);
    const online = await status(b, alice, "online");
    expect(online).toEqual({
      userId: alice.id,
      status: "online",
      lastSeen: expect.stringMatching(isoTime),
    });
    expect(await b.events.next("USER_ONLINE", ({ userId }: Presence) => userId === alice.id)).toEqual(online);
    await a.close();
    const closed = performance.now();
    const offline = await status(b, alice, "offline");
    expect(performance.now() - closed).toBeGreaterThan(grace - 50);
    expect(offline).toMatchObject({ userId: alice.id, lastSeen: expect.stringMatching(isoTime) });
    expect(await b.events.next("USER_OFFLINE", ({ userId }: Presence) => userId === alice.id)).toEqual(
      offline,
    );
    const seen = await on.rest(alice).get("/users/me");
    expect(seen.body.lastSeen).toBe(offline.lastSeen);
    await on.settled({ account: eve, client: e });
    expect(JSON.stringify(e.events.everything())).not.toContain(alice.id);
  });

  test("a device that comes back within the grace, also on the other gateway, was never away", async () => {
    const { alice, bob, b } = await scene();
    const first = await on.device(alice, 0, { deviceId: "phone" });
    await status(b, alice, "online");
    await first.close();
    await on.device(alice, 1, { deviceId: "phone" });
    // Another user's coming and going after it is told after it.
    const [carol] = await on.people("Carol");
    await on.rest(carol).post("/messages", { receiverId: bob.id, content: "hi" });
    const c = await on.device(carol, 0);
    await status(b, carol, "online");
    await c.close();
    await status(b, carol, "offline");
    expect(statuses(b, alice)).toEqual(["online"]);
  });

  test("of two devices on two gateways only the last one's going is told", async () => {
    const { alice, bob, b } = await scene();
    const [phone, laptop] = [await on.device(alice, 0), await on.device(alice, 1)];
    await status(b, alice, "online");
    await phone.close();
    const [carol] = await on.people("Carol");
    await on.rest(carol).post("/messages", { receiverId: bob.id, content: "hi" });
    const c = await on.device(carol, 0);
    await status(b, carol, "online");
    await c.close();
    await status(b, carol, "offline");
    expect(statuses(b, alice).filter((told) => told === "offline")).toEqual([]);
    await laptop.close();
    await status(b, alice, "offline");
    expect(b.events.all<Presence>("USER_OFFLINE", ({ userId }) => userId === alice.id)).toHaveLength(1);
  });

  test("who does nothing is away, health checks aside, and online with the next event", async () => {
    const { alice, b } = await scene();
    const a = await on.device(alice, 0);
    await status(b, alice, "online");
    const beat = setInterval(() => void a.socket.emit("HEALTH_CHECK"), 300);
    try {
      await status(b, alice, "away", 6_000);
    } finally {
      clearInterval(beat);
    }
    await a.must("SYNC", { conversations: {} });
    await status(b, alice, "online");
    expect(statuses(b, alice)).toEqual(["online", "away", "online"]);
    expect(b.events.all<Presence>("USER_OFFLINE", ({ userId }) => userId === alice.id)).toEqual([]);
  });

  test("GET_ONLINE_USERS answers the contacts, or those asked for, who are online, and no strangers", async () => {
    const { alice, bob, eve, b, e } = await scene();
    const carol = (await on.people("Carol"))[0];
    await on.rest(carol).post("/messages", { receiverId: bob.id, content: "offline" });
    await on.device(alice, 0);
    await status(b, alice, "online");
    type Online = { users: Presence[]; count: number };
    const contacts = await b.must<Online>("GET_ONLINE_USERS");
    expect(contacts.users.map(({ userId }) => userId)).toEqual([alice.id]);
    expect(contacts.count).toBe(1);
    const asked = await b.must<Online>("GET_ONLINE_USERS", { userIds: [alice.id, carol.id, eve.id] });
    expect(asked.users.map(({ userId }) => userId)).toEqual([alice.id]);
    expect(await e.must<Online>("GET_ONLINE_USERS", { userIds: [alice.id, bob.id] })).toEqual({
      users: [],
      count: 0,
    });
    b.socket.emit("GET_ONLINE_USERS", {});
    expect(await b.events.next("ONLINE_USERS")).toMatchObject({ count: 1 });
    expect(await b.emit("GET_ONLINE_USERS", { userIds: "all" })).toMatchObject({
      error: { code: "VALIDATION_FAILED" },
    });
  });
});

// Last, since it takes a gateway away from the others.
test("users of a gateway that is killed are told offline once, when its lease has run out", async () => {
  const { alice, b } = await scene();
  await on.device(alice, 0);
  await status(b, alice, "online");
  await on.gateway(0).kill();
  await status(b, alice, "offline", 30_000);
  await b.must("HEALTH_CHECK");
  expect(b.events.all<Presence>("USER_OFFLINE", ({ userId }) => userId === alice.id)).toHaveLength(1);
});
