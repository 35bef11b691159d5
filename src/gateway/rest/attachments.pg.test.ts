import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Attachment, AttachmentLink } from "../../protocol/attachment.ts";
import type { Message } from "../../protocol/message.ts";
import { type Account, register } from "../../testing/client/account.ts";
import { type Api, api } from "../../testing/client/api.ts";
import { testDatabase } from "../../testing/pg/test-database.ts";
import { startTestApp, type TestApp } from "./testing-app.ts";

const database = await testDatabase();
const folder = join(tmpdir(), `nexus-files-${randomBytes(6).toString("hex")}`);
const MAX = 300_000;

let app: TestApp;
let people: Record<"ann" | "bob" | "eve", Account>;
let as: Record<"ann" | "bob" | "eve", Api>;
let group: string;
beforeAll(async () => {
  app = await startTestApp(database.url, {
    settings: { ATTACHMENTS_PATH: folder, MAX_FILE_SIZE: String(MAX), RATE_LIMIT_UPLOADS_PER_HOUR: "0" },
  });
  const [ann, bob, eve] = await Promise.all(["Ann", "Bob", "Eve"].map((name) => register(app.url, { name })));
  people = { ann, bob, eve } as typeof people;
  as = {
    ann: api(app.url, people.ann.token),
    bob: api(app.url, people.bob.token),
    eve: api(app.url, people.eve.token),
  };
  const made = await as.ann.post("/conversations", {
    type: "GROUP",
    name: "g",
    participantIds: [people.bob.user.id],
  });
  group = (made.body as { id: string }).id;
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

// 1 × 1, as small as a PNG can be.
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

async function upload(
  who: "ann" | "bob" | "eve",
  bytes: Uint8Array<ArrayBuffer>,
  name = "cat.png",
  type = "text/html",
) {
  const form = new FormData();
  form.set("file", new File([bytes], name, { type }));
  const answer = await fetch(`${app.url}/attachments`, {
    method: "POST",
    headers: { authorization: `Bearer ${people[who].token}` },
    body: form,
  });
  return {
    status: answer.status,
    body: (await answer.json()) as Attachment & { code: string; field: string },
  };
}

async function linkFor(who: "ann" | "bob" | "eve", id: string) {
  const { status, body } = await as[who].get(`/attachments/${id}`);
  return { status, link: body as AttachmentLink };
}

async function sendWith(id: string, more: object = {}) {
  const sent = await as.ann.post("/messages", {
    conversationId: group,
    content: "",
    attachmentIds: [id],
    ...more,
  });
  expect(sent.status).toBe(201);
  return sent.body as Message;
}

const stored = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

test("what was uploaded and sent is what the other one gets, told by its bytes and not by its uploader", async () => {
  const { status, body } = await upload("ann", png);
  expect(status).toBe(201);
  expect(body).toEqual({
    id: body.id,
    name: "cat.png",
    type: "image/png",
    size: png.length,
    width: 1,
    height: 1,
  });
  const message = await sendWith(body.id);
  expect(message.attachments).toEqual([body]);
  const { link } = await linkFor("bob", body.id);
  expect(link).toMatchObject(body);
  expect(Date.parse(link.expiresAt)).toBeGreaterThan(Date.now());
  const answer = await fetch(app.url + link.url);
  expect(answer.status).toBe(200);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(png);
  expect(answer.headers.get("content-type")).toBe("image/png");
  expect(answer.headers.get("content-disposition")).toMatch(/^inline; filename="cat.png"/);
  expect(answer.headers.get("cache-control")).toMatch(/^private, max-age=\d+, immutable$/);
});

describe("a hostile file is harmless", () => {
  const html = Buffer.from("<!doctype html><script>alert(document.domain)</script>");
  const svg = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
  const both = Buffer.concat([Buffer.from("%PDF-1.7\n"), html]);
  test.each([
    ["HTML", html, "page.html", "text/html"],
    ["HTML that calls itself a picture", html, "cat.png", "image/png"],
    ["SVG", svg, "logo.svg", "image/svg+xml"],
    ["PDF with HTML in it", both, "x.pdf", "application/pdf"],
    [
      "XML",
      Buffer.from('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'),
      "x.xhtml",
      "text/html",
    ],
    ["a script", Buffer.from("fetch('/users/me')"), "x.js", "text/javascript"],
    ["nothing", Buffer.alloc(0), "empty.html", "text/html"],
  ])("%s is a download of no type, in a sandbox", async (_, bytes, name, type) => {
    const { body } = await upload("ann", bytes, name, type);
    const { link } = await linkFor("ann", body.id);
    const answer = await fetch(app.url + link.url);
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment;/);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toMatch(/default-src 'none'; sandbox/);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
  });

  test("a picture with a script behind it stays a picture, and a download where that is asked for", async () => {
    const { body } = await upload("ann", Buffer.concat([png, html]), "both.html");
    const { link } = await linkFor("ann", body.id);
    expect((await fetch(app.url + link.url)).headers.get("content-type")).toBe("image/png");
    const download = await fetch(`${app.url}${link.url}&download=1`);
    expect(download.headers.get("content-disposition")).toMatch(/^attachment;/);
    await download.body?.cancel();
  });

  test.each([
    ["../../etc/passwd", /^passwd$/],
    ["a\u202egpj.exe", /^agpj\.exe$/],
    ["..", /^file$/],
    [`${"x".repeat(400)}.tar.gz`, /^x{197}\.gz$/],
  ])("a name such as %j is cleaned", async (name, clean) => {
    const { body } = await upload("ann", png, name);
    expect(body.name).toMatch(clean);
  });

  test("a name with quotes and line ends stays within its header", async () => {
    const { body } = await upload("ann", png, 'a"; x="\u00e9\u2028b.png');
    const { link } = await linkFor("ann", body.id);
    const answer = await fetch(app.url + link.url);
    expect(answer.headers.get("content-disposition")).toBe(
      `inline; filename="a_; x=__b.png"; filename*=UTF-8''a%22%3B%20x%3D%22%C3%A9b.png`,
    );
    await answer.body?.cancel();
  });
});

describe("only those entitled", () => {
  test("what was not sent yet is its uploader's alone", async () => {
    const { body } = await upload("ann", png);
    expect((await linkFor("ann", body.id)).status).toBe(200);
    for (const who of ["bob", "eve"] as const) expect((await linkFor(who, body.id)).status).toBe(404);
  });

  test("who is not in the conversation gets nothing, and may not attach it", async () => {
    const { body } = await upload("ann", png);
    await sendWith(body.id);
    expect((await linkFor("eve", body.id)).status).toBe(404);
    const sent = await as.eve.post("/messages", {
      receiverId: people.ann.user.id,
      content: "mine",
      attachmentIds: [body.id],
    });
    expect(sent.body).toMatchObject({ code: "NOT_FOUND", field: "attachmentIds" });
  });

  test("who leaves gets nothing from then on, by the link they have neither", async () => {
    const made = await as.ann.post("/conversations", {
      type: "GROUP",
      name: "h",
      participantIds: [people.eve.user.id],
    });
    const conversationId = (made.body as { id: string }).id;
    const { body } = await upload("ann", png);
    await sendWith(body.id, { conversationId });
    const { link } = await linkFor("eve", body.id);
    expect((await fetch(app.url + link.url)).status).toBe(200);
    await as.ann.delete(`/conversations/${conversationId}/participants/${people.eve.user.id}`);
    expect((await linkFor("eve", body.id)).status).toBe(404);
    expect((await fetch(app.url + link.url)).status).toBe(404);
  });

  test("a deleted message takes its file with it", async () => {
    const { body } = await upload("ann", png);
    const message = await sendWith(body.id);
    const { link } = await linkFor("bob", body.id);
    await as.ann.delete(`/messages/${message.id}`);
    expect((await linkFor("bob", body.id)).status).toBe(404);
    expect((await fetch(app.url + link.url)).status).toBe(404);
  });

  test("a link that is old, changed, or another's is refused", async () => {
    const { body } = await upload("ann", png);
    await sendWith(body.id);
    const other = (await upload("ann", png)).body;
    const { link } = await linkFor("bob", body.id);
    const url = new URL(app.url + link.url);
    const changed = (name: string, value: string) => {
      const copy = new URL(url);
      copy.searchParams.set(name, value);
      return copy;
    };
    const later = changed("expires", String(Number(url.searchParams.get("expires")) + 1000));
    for (const wrong of [
      later,
      changed("user", people.ann.user.id),
      changed("signature", "AAAA"),
      changed("signature", ""),
      new URL(url.href.replace(body.id, other.id)),
    ])
      expect((await fetch(wrong)).status).toBe(403);
    vi.useFakeTimers({ now: Date.parse(link.expiresAt) + 1, toFake: ["Date"] });
    try {
      expect((await fetch(url)).status).toBe(403);
    } finally {
      vi.useRealTimers();
    }
  });

  test("without a token nothing is uploaded, and no link given", async () => {
    const nobody = api(app.url);
    expect((await nobody.get(`/attachments/${crypto.randomUUID()}`)).status).toBe(401);
    expect((await nobody.post("/attachments", {})).status).toBe(401);
  });
});

describe("uploads", () => {
  test("of MAX_FILE_SIZE are taken, of a byte more are 413, and nothing of them stays", async () => {
    const most = await upload("ann", randomBytes(MAX), "most.bin");
    expect(most.body).toMatchObject({ size: MAX, type: "application/octet-stream" });
    const before = await stored();
    const more = await upload("ann", randomBytes(MAX + 1), "more.bin");
    expect(more).toMatchObject({ status: 413, body: { code: "PAYLOAD_TOO_LARGE", field: "file" } });
    const much = await upload("ann", randomBytes(MAX * 4), "much.bin");
    expect(much).toMatchObject({ status: 413, body: { code: "PAYLOAD_TOO_LARGE" } });
    expect(await stored()).toBe(before);
  });

  test("that are cut off leave nothing", async () => {
    const before = await stored();
    const [{ n }] = (await app.sql`select count(*)::int as n from attachments`) as unknown as [{ n: number }];
    const { hostname, port } = new URL(app.url);
    const sending = request({
      hostname,
      port,
      method: "POST",
      path: "/attachments",
      headers: {
        authorization: `Bearer ${people.ann.token}`,
        "content-type": "multipart/form-data; boundary=x",
        "content-length": 200_000,
      },
    });
    sending.on("error", () => {});
    sending.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n');
    sending.write(randomBytes(50_000));
    const rows = () => app.sql<{ state: string; due: boolean }[]>`
      select state, check_at <= now() as due from attachments order by created_at desc limit 1`;
    const count = async () => (await app.sql`select count(*)::int as n from attachments`)[0]?.n;
    await vi.waitFor(async () => expect(await count()).toBe(n + 1), { timeout: 10_000 });
    sending.destroy();
    await vi.waitFor(async () => expect((await rows())[0]).toEqual({ state: "UPLOADING", due: true }), {
      timeout: 10_000,
    });
    expect(await stored()).toBe(before);
  });

  test.each([
    ["no form", { "content-type": "application/json" }, "{}", 400],
    ["a form without a file", {}, new URLSearchParams(), 415],
    ["a broken form", { "content-type": "multipart/form-data; boundary=x" }, "--x\r\n", 400],
    ["a form without a boundary", { "content-type": "multipart/form-data" }, "x", 400],
  ])("of %s are refused", async (_, headers, body, status) => {
    const answer = await fetch(`${app.url}/attachments`, {
      method: "POST",
      headers: { authorization: `Bearer ${people.ann.token}`, ...headers },
      body,
    });
    expect(await answer.json()).toMatchObject({ code: "VALIDATION_FAILED", status });
  });

  test("are limited to RATE_LIMIT_UPLOADS_PER_HOUR for each user", async () => {
    await using limited = await startTestApp(database.url, {
      settings: { ATTACHMENTS_PATH: folder, RATE_LIMIT_UPLOADS_PER_HOUR: "2" },
    });
    const one = async () => {
      const form = new FormData();
      form.set("file", new File([png], "a.png"));
      const headers = { authorization: `Bearer ${people.bob.token}` };
      return (await fetch(`${limited.url}/attachments`, { method: "POST", headers, body: form })).status;
    };
    expect([await one(), await one(), await one()]).toEqual([201, 201, 429]);
  });

  test("without a storage there are none, and the answer says what to set", async () => {
    await using without = await startTestApp(database.url);
    const answer = await api(without.url, people.ann.token).post("/attachments", {});
    expect(answer).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect(JSON.stringify(answer.body)).toContain("ATTACHMENTS_PATH");
  });
});

test.each([
  ["bytes=10-19", 206, 10, 20],
  ["bytes=90-", 206, 90, 100],
  ["bytes=-5", 206, 95, 100],
  ["bytes=0-999", 206, 0, 100],
  ["bytes=100-", 416, 0, 0],
  ["bytes=5-1", 200, 0, 100],
  ["bytes=0-1,3-4", 200, 0, 100],
])("Range: %s of 100 bytes is %d", async (range, status, start, end) => {
  const bytes = randomBytes(100);
  const { body } = await upload("ann", bytes, "a.bin");
  const { link } = await linkFor("ann", body.id);
  const answer = await fetch(app.url + link.url, { headers: { range } });
  expect(answer.status).toBe(status);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes.subarray(start, end));
  if (status === 206) expect(answer.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/100`);
});

test("HEAD says how large it is", async () => {
  const { body } = await upload("ann", png);
  const { link } = await linkFor("ann", body.id);
  const answer = await fetch(app.url + link.url, { method: "HEAD" });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-length")).toBe(String(png.length));
});
