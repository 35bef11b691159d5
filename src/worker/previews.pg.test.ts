import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { storeFile } from "../attachments/attachments.ts";
import { openStorage } from "../attachments/open-storage.ts";
import { loadConfig } from "../config/load.ts";
import { deleteMessage, editMessage } from "../messaging/change-message.ts";
import { addGroup, addUsers, openPools, sendOne } from "../messaging/testing-world.ts";
import { findAttachment } from "../store/attachments.ts";
import type { Sql } from "../store/client.ts";
import { installJobQueue } from "../store/job-queue.ts";
import { findMessage } from "../store/messages.ts";
import { addPreviews, enqueuePreviews } from "../store/previews.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { attachmentSweep } from "./tasks/attachment-sweep.ts";
import { linkPreview } from "./tasks/link-preview.ts";

const database = await testDatabase();
const pools = openPools(database.url, 1);
const [sql] = pools as unknown as [Sql];
const folder = await mkdtemp(join(tmpdir(), "nexus-previews-"));
const log = pino({ level: "silent" });
const config = loadConfig({
  DATABASE_URL: database.url,
  JWT_SECRET: "-".repeat(32),
  ATTACHMENTS_PATH: folder,
  LINK_PREVIEW_NETWORKS: "127.0.0.0/8",
});
const deps = { sql, redis: undefined, config, log };
const stop = new AbortController().signal;
const changes = { sql, deliver: () => {}, maxLength: 1000, previews: true };

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
let server: Server;
let site: string;
let ann: string;
let bob: string;
let eve: string;
let group: string;
beforeAll(async () => {
  await installJobQueue(database.url);
  [ann, bob, eve] = (await addUsers(sql, 3)) as [string, string, string];
  group = await addGroup(sql, [ann, bob]);
  server = createServer((request, response) => {
    if (request.url === "/cat.png") response.setHeader("content-type", "image/png").end(png);
    else if (request.url === "/page")
      response
        .setHeader("content-type", "text/html")
        .end(`<title>A page</title><meta property="og:image" content="/cat.png">`);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function sendLinks(...paths: string[]) {
  const urls = paths.map((path) => site + path);
  const metadata = { mentions: [], hashtags: [], urls };
  const sent = await sendOne(sql, ann, group, { content: urls.join(" "), metadata, lookAtLinks: true });
  return { ...sent, urls };
}

/** Runs the jobs that wait, as graphile-worker would. */
async function runJobs(): Promise<number> {
  while ((await enqueuePreviews(sql)) > 0);
  const jobs = await sql<{ id: number; payload: unknown }[]>`
    select j.id, j.payload from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'link_preview' order by j.id`;
  for (const { id, payload } of jobs) {
    await linkPreview(deps, stop, payload);
    await sql`select graphile_worker.complete_jobs(array[${id}]::bigint[])`;
  }
  return jobs.length;
}

test("messages with links are one job of many, and messages without are none", async () => {
  await sendOne(sql, ann, group);
  expect(await runJobs()).toBe(0);
  const sent = await Promise.all(Array.from({ length: 5 }, () => sendLinks("/page")));
  expect(await runJobs()).toBe(1);
  for (const { id } of sent) expect((await findMessage(sql, id, ann))?.metadata?.previews).toHaveLength(1);
});

test("a link's page is shown with its picture, as the message's next change", async () => {
  const sent = await sendLinks("/page", "/nothing", "/cat.png");
  await runJobs();
  const message = await findMessage(sql, sent.id, bob);
  expect(message?.version).toBe(sent.version + 1);
  const [page, picture] = message?.metadata?.previews ?? [];
  const texts = { description: null, siteName: null };
  const file = { name: "cat.png", type: "image/png", size: png.length, width: 1, height: 1 };
  expect(page).toMatchObject({ ...texts, url: sent.urls[0], title: "A page", attachment: file });
  expect(picture).toMatchObject({ ...texts, url: sent.urls[2], title: "cat.png", attachment: file });
  const id = page?.attachment?.id as string;
  expect(await findAttachment(sql, id, bob)).toMatchObject(file);
  expect(await findAttachment(sql, id, eve)).toBeUndefined();
});

test("a job that is done again changes nothing more", async () => {
  const sent = await sendLinks("/page");
  const payload = { messages: [{ conversationId: group, seq: sent.seq }] };
  await linkPreview(deps, stop, payload);
  const once = await findMessage(sql, sent.id, ann);
  await linkPreview(deps, stop, payload);
  expect(await findMessage(sql, sent.id, ann)).toEqual(once);
  expect(once?.version).toBe(sent.version + 1);
});

test("what was edited or deleted meanwhile gets no preview of what it said", async () => {
  const sent = await sendLinks("/page");
  const preview = {
    url: sent.urls[0] as string,
    title: "x",
    description: null,
    siteName: null,
    attachment: null,
  };
  await editMessage(changes, { userId: ann }, { messageId: sent.id, content: "no links" });
  const place = { conversationId: group, seq: sent.seq };
  expect(await addPreviews(sql, place, sent.urls, [preview])).toBeUndefined();
  await deleteMessage(changes, { userId: ann }, { messageId: sent.id });
  expect(await addPreviews(sql, place, sent.urls, [preview])).toBeUndefined();
  await runJobs();
});

test("an edit takes the old previews away, their pictures with them, and has the new links looked at", async () => {
  const sent = await sendLinks("/page");
  await runJobs();
  const before = (await findMessage(sql, sent.id, ann))?.metadata?.previews?.[0]?.attachment?.id as string;
  const edited = await editMessage(
    changes,
    { userId: ann },
    { messageId: sent.id, content: `see ${site}/cat.png` },
  );
  expect(edited.metadata).toEqual({ mentions: [], hashtags: [], urls: [`${site}/cat.png`] });
  expect(await findAttachment(sql, before, ann)).toBeUndefined();
  await runJobs();
  expect((await findMessage(sql, sent.id, ann))?.metadata?.previews).toMatchObject([{ title: "cat.png" }]);
});

test("private networks that are not named are not reached", async () => {
  const sent = await sendLinks("/page");
  await sql`delete from preview_due`;
  const closed = { ...deps, config: { ...config, LINK_PREVIEW_NETWORKS: undefined } };
  await linkPreview(closed, stop, { messages: [{ conversationId: group, seq: sent.seq }] });
  expect((await findMessage(sql, sent.id, ann))?.version).toBe(sent.version);
});

test("off, nothing is looked at", async () => {
  const sent = await sendLinks("/page");
  const off = { ...deps, config: { ...config, LINK_PREVIEWS: false } };
  await linkPreview(off, stop, { messages: [{ conversationId: group, seq: sent.seq }] });
  expect((await findMessage(sql, sent.id, ann))?.version).toBe(sent.version);
  await sql`delete from preview_due`;
});

test("the sweep deletes what no message carries, and nothing else", async () => {
  const storage = openStorage(config)!;
  const bytes = async function* () {
    yield png;
  };
  const store = (keepUnsent: number) =>
    storeFile({ sql, storage, maxSize: 1000, keepUnsent }, ann, { name: "a.png", bytes: bytes() });
  const [young, old, sent, withdrawn] = await Promise.all([store(3600), store(0), store(0), store(0)]);
  await sendOne(sql, ann, group, { attachmentIds: [sent.id] });
  const message = await sendOne(sql, ann, group, { attachmentIds: [withdrawn.id] });
  await deleteMessage(changes, { userId: ann }, { messageId: message.id });
  const cut = "11111111-1111-4111-8111-111111111111";
  await sql`insert into attachments (id, name, type, check_at) values (${cut}, 'cut off', 'x/y', now())`;
  await attachmentSweep(deps, stop);
  const kept = async (id: string) => (await storage.read(id))?.destroy() !== undefined;
  expect(await Promise.all([young, old, sent, withdrawn].map(({ id }) => kept(id)))).toEqual([
    true,
    false,
    true,
    false,
  ]);
  const left =
    await sql`select id from attachments where id in ${sql([young.id, old.id, sent.id, withdrawn.id, cut])}`;
  expect(new Set(left.map(({ id }) => id))).toEqual(new Set([young.id, sent.id]));
  const [row] = await sql`select check_at from attachments where id = ${sent.id}`;
  expect(row?.check_at).toBeNull();
});
