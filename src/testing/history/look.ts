import { setTimeout as delay } from "node:timers/promises";
import { type ApiAnswer, api } from "../client/api.ts";
import { SyncingClient } from "../client/syncing-client.ts";
import type { SyncAnswer, WireMessage } from "../client/wire.ts";
import { directKey, type Group, type People } from "./people.ts";
import { tokensIn, type Violation } from "./record.ts";
import { viewRow } from "./recorder.ts";

/**
 * Everybody's final views, once nothing moves any more: what each device has by its own means, what a new device
 * gets by SYNC, and what history over REST says. Also asks for what one must not get. `urls` in any order.
 */
export async function look(people: People, urls: readonly string[]): Promise<Violation[]> {
  const violations: Violation[] = [];
  await Promise.all(
    people.accounts.map(async ({ id, token }) => {
      const fresh = await freshView(people, id, token, urls);
      for (const device of people.devices.filter((d) => d.userId === id)) {
        const late = await convergence(device, fresh);
        if (late) violations.push({ kind: "stale", what: late });
      }
      await history(people, id, token, urls);
    }),
  );
  nameDirectConversations(people);
  for (const device of people.devices)
    addViews(people, device, `live on ${device.deviceId.slice(0, 8)}`, undefined);
  return violations;
}

type Fresh = { readonly versions: ReadonlyMap<string, number> };

async function freshView(
  people: People,
  userId: string,
  token: string,
  urls: readonly string[],
): Promise<Fresh> {
  const read = new Map<string, Map<string, number>>();
  const record = people.recorder.observer(userId, `fresh device of ${userId}`);
  await using client = new SyncingClient({
    urls,
    userId,
    token,
    observe(event, payload) {
      record(event, payload);
      if (event !== "SYNC") return;
      for (const { id, receipts } of (payload as SyncAnswer).conversations) {
        read.set(id, new Map(receipts.map((r) => [String(r.userId), Number(r.readSeq)])));
      }
    },
  });
  await client.online();
  await client.connectedWithin(30_000);
  if (!(await client.sync())) throw new Error(`no complete SYNC for ${userId}`);
  nameDirectConversations(people);
  addViews(people, client, "fresh", read);
  return { versions: new Map([...client.conversations].map(([id, c]) => [id, c.version])) };
}

/** What a device lacks although nothing changes any more and it had time to ask; undefined if nothing. */
async function convergence(device: SyncingClient, fresh: Fresh): Promise<string | undefined> {
  const missing = () =>
    [...fresh.versions].filter(([id, version]) => (device.conversations.get(id)?.version ?? 0) < version);
  const reached = await device.waitUntil(() => missing().length === 0, 10_000);
  if (reached) return undefined;
  const behind = missing().map(([id, v]) => `${id}: ${device.conversations.get(id)?.version ?? 0} of ${v}`);
  return `${device.deviceId} of ${device.userId} (connected: ${device.connected}) stays at ${behind.join(", ")}`;
}

/** A direct conversation's id is whatever conversation its words are found in. */
function nameDirectConversations({ recorder }: People): void {
  const keyOf = new Map(recorder.sends.map((send) => [send.token, send.conversation]));
  for (const { event, payload } of recorder.received) {
    const rows =
      event === "NEW_MESSAGE"
        ? [payload as WireMessage]
        : event === "SYNC"
          ? (payload as SyncAnswer).conversations.flatMap((c) => c.messages)
          : [];
    for (const row of rows) {
      for (const token of tokensIn(row.content)) {
        recorder.conversations.get(keyOf.get(token) ?? "")?.ids.add(row.conversationId);
      }
    }
  }
}

function addViews(
  { recorder }: People,
  client: SyncingClient,
  source: string,
  read: ReadonlyMap<string, ReadonlyMap<string, number>> | undefined,
): void {
  const { userId } = client;
  const shown = new Set<string>();
  for (const { key, members, ids } of recorder.conversations.values()) {
    const replica = [...ids].map((id) => client.conversations.get(id)).find((c) => c !== undefined);
    if (replica) shown.add(replica.id);
    else if (!members.includes(userId)) continue;
    const reached = replica && read?.get(replica.id);
    recorder.views.push({
      userId,
      source,
      conversation: key,
      rows: (replica?.ordered() ?? []).map(viewRow),
      ...(replica ? { version: replica.version } : {}),
      ...(reached ? { read: reached } : {}),
    });
  }
  for (const replica of client.conversations.values()) {
    if (shown.has(replica.id) || replica.messages.size === 0) continue;
    recorder.views.push({
      userId,
      source,
      conversation: replica.id,
      version: replica.version,
      rows: replica.ordered().map(viewRow),
    });
  }
}

async function history(
  people: People,
  userId: string,
  token: string,
  urls: readonly string[],
): Promise<void> {
  const url = urls.at(-1) as string;
  const show = (conversation: string, rows: readonly WireMessage[] | undefined) => {
    if (!rows) return;
    people.recorder.views.push({ userId, source: "history", conversation, rows: rows.map(viewRow) });
  };
  // Everybody asks for every group: strangers and those removed must be told that there is none.
  for (const group of people.groups as readonly Group[]) {
    show(group.key, await pages(people, userId, token, url, group.id));
  }
  for (const other of people.accounts) {
    if (other.id === userId) continue;
    show(
      directKey(people.accounts, userId, other.id),
      (await pages(people, userId, token, url, other.id)) ?? [],
    );
  }
}

/** All messages of a conversation page by page; undefined when there is none for this user. */
async function pages(
  { recorder }: People,
  userId: string,
  token: string,
  url: string,
  id: string,
): Promise<WireMessage[] | undefined> {
  let rows: WireMessage[] = [];
  for (let before = ""; ; ) {
    const path = `/messages/conversation/${id}?limit=50${before}`;
    const answer = await patiently(() => api(url, token).get(path));
    recorder.observer(userId, "rest")(`GET ${path}`, answer.body);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const page = answer.body as WireMessage[];
    // Within a page the order is the server's; only newest-first is turned round.
    rows = [...((page[0]?.seq ?? 0) > (page.at(-1)?.seq ?? 0) ? page.toReversed() : page), ...rows];
    const first = Math.min(...page.map((row) => row.seq));
    if (page.length < 50 || first <= 1) return rows;
    before = `&before=${first}`;
  }
}

/** A pool may still hold connections to the Postgres that was: "unavailable, try again" is an answer for a while. */
async function patiently(ask: () => Promise<ApiAnswer<unknown>>): Promise<ApiAnswer<unknown>> {
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (answer.status !== 503 || tries === 10) return answer;
    await delay(100 * tries);
  }
}
