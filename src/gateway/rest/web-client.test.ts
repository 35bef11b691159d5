import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { pino } from "pino";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { serveWebClient } from "./web-client.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nexus-web-"));
  await mkdir(join(directory, "assets"));
  await writeFile(join(directory, "index.html"), "<!doctype html><title>Nexus</title>");
  await writeFile(join(directory, "assets/index-abc.js"), "export {};");
  await writeFile(join(directory, "assets/index-abc.js.br"), "compressed");
});
afterAll(() => rm(directory, { recursive: true }));

async function served(from: string) {
  const lines: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const app = fastify();
  onTestFinished(() => app.close());
  await serveWebClient(app, log, from);
  return { get: (url: string, headers = {}) => app.inject({ url, headers }), log: () => lines.join("") };
}

test("the page is served at / with a policy that lets no inline script run, and is never cached", async () => {
  const page = await (await served(directory)).get("/");
  expect(page.statusCode).toBe(200);
  expect(page.headers["content-type"]).toMatch("text/html");
  expect(page.headers["cache-control"]).toBe("no-cache");
  const policy = String(page.headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toContain("unsafe");
  expect(page.headers["permissions-policy"]).toContain("camera=()");
});

test("what carries its hash in its name may be kept for ever, and comes compressed to those who take it", async () => {
  const { get } = await served(directory);
  const plain = await get("/assets/index-abc.js");
  expect(plain.body).toBe("export {};");
  expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  const small = await get("/assets/index-abc.js", { "accept-encoding": "br" });
  expect(small.headers["content-encoding"]).toBe("br");
  expect(small.headers["content-type"]).toMatch("javascript");
});

test("nothing outside of the directory is served, and nothing that is not there", async () => {
  const { get } = await served(directory);
  for (const url of ["/../package.json", "/..%2fpackage.json", "/assets", "/assets/", "/nothing"])
    expect((await get(url)).statusCode, url).toBe(404);
});

test("a gateway without the built client says so in one line and goes on", async () => {
  const { get, log } = await served(join(directory, "missing"));
  expect((await get("/")).statusCode).toBe(404);
  expect(log().trim().split("\n")).toHaveLength(1);
  expect(log()).toContain("npm run build:web");
});
