import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import type { TestClient } from "../../testing/client/connect.ts";
import type { MessageSent, SyncAnswer, WireMessage } from "../../testing/client/wire.ts";
import { mentionsOf, stage } from "../../testing/contract/stage.ts";
import { startPlatform } from "../../testing/platform/platform.ts";

const perMinute = 40;
const on = stage({ env: { RATE_LIMIT_MESSAGES_PER_MINUTE: String(perMinute) } });

async function ready(gateway: number): Promise<unknown> {
  const response = await fetch(`${on.gateway(gateway).url}/readyz`, { signal: AbortSignal.timeout(3_000) });
  const { redis } = (await response.json()) as { redis?: boolean };
  return { status: response.status, redis };
}

const withRedis = { status: 200, redis: true };
const alone = { status: 200, redis: false };

/** Resolves when both gateways say so; works in hooks too, where expect.poll does not. */
async function bothAre(state: object): Promise<void> {
  await vi.waitFor(async () => expect([await ready(0), await ready(1)]).toEqual([state, state]), {
    timeout: 10_000,
    interval: 100,
  });
}

/** All of a conversation as SYNC tells it, in order. */
async function synced(client: TestClient, conversationId: string): Promise<WireMessage[]> {
  const answer = await client.must<SyncAnswer>("SYNC", { conversations: { [conversationId]: 0 } });
  const delta = answer.conversations.find(({ id }) => id === conversationId);
  expect(delta?.limited).toBe(false);
  return [...(delta?.messages ?? [])].toSorted((x, y) => x.seq - y.seq);
}

function say(from: TestClient, to: Account, content: string): Promise<MessageSent> {
  return from.must<MessageSent>("NEW_MESSAGE", { receiverId: to.id, content });
}

describe("without Redis", () => {
  beforeAll(async () => {
    await on.platform.redis?.kill();
    await bothAre(alone);
    return async () => {
      await on.platform.redis?.restartEmpty();
      await bothAre(withRedis);
    };
  });

  test("a gateway stops in order, starts again, is ready and says redis: false", async () => {
    expect(await on.gateway(1).stop()).toBe(0);
    await on.gateway(1).start();
    expect(await ready(1)).toEqual(alone);
  });

  test("messages are acknowledged and delivered on one gateway; the other's users find them by SYNC", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b, b2] = [await on.device(alice, 0), await on.device(bob, 0), await on.device(bob, 1)];
    const sent = await say(a, bob, "all by ourselves");
    expect(await b.events.next("NEW_MESSAGE")).toMatchObject({ id: sent.dbMessageId });
    const health = await b2.must<{ status: string; redis: boolean; versions: object }>("HEALTH_CHECK");
    expect(health).toMatchObject({ status: "degraded", redis: false, database: true });
    expect(health.versions).toEqual({ [sent.conversationId]: 1 });
    expect((await synced(b2, sent.conversationId)).map(({ content }) => content)).toEqual([
      "all by ourselves",
    ]);
  });

  test("rate limits are counted in memory", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const a = await on.device(alice);
    const answers = await Promise.all(
      Array.from({ length: perMinute + 5 }, () =>
        a.emit("NEW_MESSAGE", { receiverId: bob.id, content: "x" }),
      ),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(perMinute);
    expect(answers.at(-1)).toMatchObject({ ok: false, error: { code: "RATE_LIMIT_EXCEEDED" } });
  });

  test("guarantee 5: who was removed by way of the other gateway gets nothing more", async () => {
    const [alice, bob, carol] = await on.people("Alice", "Bob", "Carol");
    const group = await on.group(alice, bob, carol);
    const [b, c] = [await on.device(bob, 1), await on.device(carol, 1)];
    const path = `/conversations/${group}/participants/${bob.id}`;
    expect((await on.rest(alice, 0).delete(path)).status).toBe(204);
    // Gateway 1 was not told; the message's own membership version must do.
    const c2 = await on.device(carol, 1);
    const message = { conversationId: group, content: "not for Bob" };
    const sent = await c.must<MessageSent>("NEW_MESSAGE", message);
    expect(await c2.events.next("NEW_MESSAGE")).toMatchObject({ id: sent.dbMessageId });
    await c.must("EDIT_MESSAGE", { messageId: sent.dbMessageId, content: "nor this" });
    await c2.events.next("MESSAGE_EDITED");
    await c.must("TYPING_START", { conversationId: group });
    await c.must("TYPING_STOP", { conversationId: group });
    const letter = await say(c2, bob, "only for Bob");
    await b.events.next("NEW_MESSAGE", ({ id }: WireMessage) => id === letter.dbMessageId);
    expect(mentionsOf(b, group)).toEqual([]);
    const answer = await b.must<SyncAnswer>("SYNC", { conversations: { [group]: 0 } });
    expect(answer.left).toEqual([group]);
  });

  test("guarantee 5: who was removed by way of the other gateway sees nobody typing either", async () => {
    const [alice, bob, carol, dave] = await on.people("Alice", "Bob", "Carol", "Dave");
    const group = await on.group(alice, bob, carol, dave);
    const [b, c, d] = [await on.device(bob, 1), await on.device(carol, 1), await on.device(dave, 1)];
    const typing = { conversationId: group };
    await c.must("TYPING_START", typing);
    await b.events.next("USER_TYPING", ({ isTyping }: { isTyping: boolean }) => isTyping);
    await c.must("TYPING_STOP", typing);
    await b.events.next("USER_TYPING", ({ isTyping }: { isTyping: boolean }) => !isTyping);
    const told = mentionsOf(b, group).length;
    const path = `/conversations/${group}/participants/${bob.id}`;
    expect((await on.rest(alice, 0).delete(path)).status).toBe(204);
    await c.must("TYPING_START", typing);
    await vi.waitFor(() => expect(d.events.all("USER_TYPING")).toHaveLength(3));
    const letter = await say(c, bob, "only for Bob");
    await b.events.next("NEW_MESSAGE", ({ id }: WireMessage) => id === letter.dbMessageId);
    expect(mentionsOf(b, group)).toHaveLength(told);
  });

  test("typing, reactions and receipts still work on one gateway", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 1), await on.device(bob, 1)];
    const { dbMessageId: messageId, conversationId } = await say(a, bob, "hi");
    await b.must("ADD_REACTION", { messageId, emoji: "👍" });
    expect(await a.events.next("REACTION_ADDED")).toMatchObject({ count: 1 });
    await b.must("MESSAGE_READ", { messageId });
    expect(await a.events.next("MESSAGE_READ_UPDATE")).toMatchObject({ seq: 1 });
    await b.must("TYPING_START", { conversationId });
    expect(await a.events.next("USER_TYPING")).toMatchObject({ isTyping: true });
  });
});

describe("Redis killed and restarted empty", () => {
  test("between two messages: delivery across gateways is back within seconds, and nothing is lost", async () => {
    const [alice, bob, carol] = await on.people("Alice", "Bob", "Carol");
    const group = await on.group(alice, bob, carol);
    const [a, b, c] = [await on.device(alice, 0), await on.device(bob, 1), await on.device(carol, 1)];
    const first = await say(a, bob, "before");
    const { conversationId } = first;
    await b.events.next("NEW_MESSAGE");
    await on.platform.redis?.kill();
    await bothAre(alone);
    const during = await say(a, bob, "during");
    await on.rest(alice, 0).delete(`/conversations/${group}/participants/${carol.id}`);
    await on.platform.redis?.restartEmpty();
    const back = performance.now();
    await bothAre(withRedis);
    // Each is acknowledged at once; the first that comes over shows that the gateways hear one another again.
    const sent = [first.dbMessageId, during.dbMessageId];
    let heard = false;
    void b.events
      .next("NEW_MESSAGE", ({ content }: WireMessage) => content.startsWith("after"), 9_000)
      .then(
        () => {
          heard = true;
        },
        () => {},
      );
    await expect
      .poll(
        async () => {
          if (!heard) sent.push((await say(a, bob, `after ${sent.length}`)).dbMessageId);
          return heard;
        },
        { timeout: 8_000, interval: 200 },
      )
      .toBe(true);
    expect(performance.now() - back).toBeLessThan(8_000);
    expect((await synced(b, conversationId)).map(({ id }) => id)).toEqual(sent);
    // The removal that gateway 1 could not be told of holds as well.
    const told = mentionsOf(c, group).length;
    await a.must("NEW_MESSAGE", { conversationId: group, content: "not for Carol" });
    await b.events.next("NEW_MESSAGE", (message: WireMessage) => message.conversationId === group);
    await on.settled({ account: carol, client: c });
    expect(mentionsOf(c, group)).toHaveLength(told);
  });
});

test("with no Redis configured at all, one gateway is a whole platform", async () => {
  const { postgres, jwtSecret } = on.platform;
  await using single = await startPlatform({
    gateways: 1,
    worker: false,
    postgres,
    redis: false,
    env: { JWT_SECRET: jwtSecret },
  });
  const url = single.gateways[0]!.url;
  const [alice, bob] = await on.people("Alice", "Bob");
  const [a, b] = [await on.device(alice, 0, { url }), await on.device(bob, 0, { url })];
  await say(a, bob, "hi");
  await b.events.next("NEW_MESSAGE");
  expect(await b.must("HEALTH_CHECK")).toMatchObject({ status: "ok" });
});
