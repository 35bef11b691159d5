import { describe, expect, test, vi } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import type { TestClient } from "../../testing/client/connect.ts";
import type { MessageSent, SyncAnswer, WireMessage } from "../../testing/client/wire.ts";
import { messagesOf, stage } from "../../testing/contract/stage.ts";

const on = stage();
const total = 20;

async function ready(gateway: number): Promise<unknown> {
  const response = await fetch(`${on.gateway(gateway).url}/readyz`, { signal: AbortSignal.timeout(3_000) });
  const { redis } = (await response.json()) as { redis?: boolean };
  return { status: response.status, redis };
}

const withRedis = { status: 200, redis: true };

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

describe("Postgres restarted", () => {
  test.each([
    ["in order", false],
    ["after a crash", true],
  ])(
    "%s under sends: each is acknowledged or UNAVAILABLE, and what was acknowledged is there once",
    async (_, crash) => {
      const [alice, bob] = await on.people("Alice", "Bob");
      const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
      const { conversationId } = await say(a, bob, "0");
      const { postgres } = on.platform;
      const restarted = (crash ? postgres.kill() : Promise.resolve()).then(() => postgres.restart());
      const sends: Promise<string>[] = [];
      const message = (i: number) => ({ receiverId: bob.id, content: String(i), tempId: `pg-${i}` });
      const outcome = async (i: number) => {
        const answer = await a.emit<MessageSent>("NEW_MESSAGE", message(i));
        if (answer.ok) return "ok";
        return answer.error.code;
      };
      let over = false;
      void restarted.finally(() => {
        over = true;
      });
      for (let i = 1; i < total; i++) {
        sends.push(outcome(i));
        if (!over) await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await restarted;
      const outcomes = await Promise.all(sends);
      expect(outcomes.filter((code) => code !== "ok" && code !== "UNAVAILABLE")).toEqual([]);
      // Who was refused tries the same again, as a client's outbox does.
      for (const [index, code] of outcomes.entries())
        if (code !== "ok") await a.must("NEW_MESSAGE", message(index + 1));
      const seen = await synced(b, conversationId);
      expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_row, i) => i + 1));
      expect(seen.map(({ content }) => Number(content)).toSorted((x, y) => x - y)).toEqual(
        seen.map((_row, i) => i),
      );
      expect(seen).toHaveLength(total);
      const live = messagesOf(b, conversationId).map(({ id }) => id);
      expect(live).toHaveLength(new Set(live).size);
    },
  );
});

test("while Postgres is away sends are answered UNAVAILABLE within seconds, /readyz 503, and all is well after", async () => {
  const [alice, bob] = await on.people("Alice", "Bob");
  const a = await on.device(alice, 0);
  const { conversationId } = await say(a, bob, "before");
  await on.platform.postgres.kill();
  const message = { conversationId, content: "in the dark", tempId: "dark" };
  const unavailable = { ok: false, error: { code: "UNAVAILABLE", retryAfter: expect.any(Number) } };
  const [send, sync, status] = await Promise.all([
    a.emit("NEW_MESSAGE", message, 9_000),
    a.emit("SYNC", { conversations: {} }, 9_000),
    ready(0),
  ]);
  expect(send).toMatchObject(unavailable);
  expect(sync).toMatchObject(unavailable);
  expect(status).toMatchObject({ status: 503 });
  expect(a.socket.connected).toBe(true);
  expect(await a.must("HEALTH_CHECK")).toMatchObject({ status: "degraded", database: false });
  await on.platform.postgres.restart();
  await bothAre(withRedis);
  const sent = await a.must<MessageSent>("NEW_MESSAGE", message);
  expect(sent).toMatchObject({ seq: 2, messageId: "dark" });
  expect((await synced(a, conversationId)).map(({ content }) => content)).toEqual(["before", "in the dark"]);
});

describe("a gateway that is stopped", () => {
  test("sends its clients away with RECONNECT; they move, and nothing acknowledged is lost", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 0)];
    const acknowledged: MessageSent[] = [];
    let sends = 0;
    const sending = (async () => {
      while (a.socket.connected) {
        const tempId = String(sends++);
        const sent = await a
          .must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: tempId, tempId })
          .catch(() => undefined);
        if (sent) acknowledged.push(sent);
      }
    })();
    await b.events.next("NEW_MESSAGE");
    const exit = on.gateway(0).stop();
    for (const client of [a, b]) {
      const { delayMs } = await client.events.next<{ delayMs: number }>("RECONNECT");
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThan(30_000);
      // Not "io server disconnect", after which a stock client would stay away.
      expect(await client.events.next("disconnect")).toBe("transport close");
    }
    await sending;
    expect(await exit).toBe(0);
    const moved = await on.device(bob, 1);
    const answer = await moved.must<SyncAnswer>("SYNC", { conversations: {} });
    const stored = new Set(answer.conversations.flatMap(({ messages }) => messages.map(({ id }) => id)));
    let { conversations } = answer;
    while (conversations[0]?.limited) {
      const { id, cursor } = conversations[0];
      const more = await moved.must<SyncAnswer>("SYNC", { conversations: { [id]: cursor } });
      conversations = more.conversations;
      for (const { messages } of conversations) for (const message of messages) stored.add(message.id);
    }
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.filter(({ dbMessageId }) => !stored.has(dbMessageId))).toEqual([]);
    await on.gateway(0).start();
  });
});
