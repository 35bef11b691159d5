/** `npm start` as a person uses it: what it leaves behind (data) and what it does not (processes). */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Child, startChild } from "../engines/child-process.ts";
import { freePort, isPortFree } from "../engines/free-port.ts";
import { childrenOf, untilGone } from "../engines/postgres-lock.ts";
import { demoPassword } from "./seed.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const startTimeoutMs = 60_000;
const goneTimeoutMs = 20_000;
// Three starts of the whole platform in one test, perhaps on a busy machine.
const timeout = 180_000;

let data: string;
let port: number;
let metricsPort: number;
const started: Child[] = [];

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "nexus-dev-"));
});
beforeEach(async () => {
  port = await freePorts(2);
  metricsPort = await freePorts(3);
});
// A test that failed half-way must not leave the next one its processes, ports and locked data.
afterEach(async () => {
  for (const child of started.splice(0)) {
    const below = child.running ? await descendants(child.pid ?? 0) : [];
    await child.stop("SIGKILL");
    await untilGone(below, goneTimeoutMs);
  }
});
afterAll(() => rm(data, { recursive: true, force: true }));

/** The first of `count` ports in a row that are all free: the platform counts its ports up. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    const others = Array.from({ length: count - 1 }, (_, index) => isPortFree(first + 1 + index));
    if ((await Promise.all(others)).every(Boolean)) return first;
  }
}

function start(): Child {
  const child = startChild({
    name: "npm start",
    command: process.execPath,
    args: [main, "--data", data],
    env: { PATH: "/usr/bin:/bin", PORT: String(port), METRICS_PORT: String(metricsPort) },
  });
  started.push(child);
  return child;
}

async function ready(child: Child): Promise<void> {
  await child.waitForLine((line) => line.includes("Ctrl-C stops everything"), startTimeoutMs);
}

/** All processes below `pid`. */
async function descendants(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  const deeper = await Promise.all(children.map(descendants));
  return [...children, ...deeper.flat()];
}

async function welcomeMessages(): Promise<string[]> {
  const url = `http://127.0.0.1:${port}`;
  const login = await fetch(`${url}/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "alice@example.com", password: demoPassword }),
  });
  const { accessToken } = (await login.json()) as { accessToken: string };
  const headers = { authorization: `Bearer ${accessToken}` };
  const list = (await (await fetch(`${url}/conversations`, { headers })).json()) as {
    id: string;
    name: string | null;
  }[];
  const groups = list.filter(({ name }) => name === "Welcome");
  expect(groups).toHaveLength(1);
  const path = `/messages/conversation/${groups[0]?.id}`;
  const history = (await (await fetch(url + path, { headers })).json()) as { content: string }[];
  return history.map(({ content }) => content);
}

test("it starts with a demo, and after Ctrl-C, pressed twice, no process is left", { timeout }, async () => {
  const child = start();
  await ready(child);
  expect(await welcomeMessages()).toHaveLength(3);
  const pid = child.pid ?? 0;
  const below = await descendants(pid);
  expect(below.length).toBeGreaterThan(5);
  // What a terminal does: the signal to the whole foreground group; and npm hands it on once more.
  process.kill(-pid, "SIGINT");
  process.kill(-pid, "SIGINT");
  expect(await child.exited).toMatchObject({ code: 0 });
  expect(await untilGone(below, goneTimeoutMs)).toBe(true);
});

test("it finds its messages again, and when it is killed by SIGKILL its processes go by themselves", {
  timeout,
}, async () => {
  const child = start();
  await ready(child);
  expect(await welcomeMessages()).toHaveLength(3);
  const below = await descendants(child.pid ?? 0);
  await child.stop("SIGKILL");
  expect(await untilGone(below, goneTimeoutMs)).toBe(true);
});

test("it starts again at once after a SIGKILL, starts anew what dies, and stops by a SIGTERM to itself", {
  timeout,
}, async () => {
  const killed = start();
  await ready(killed);
  await killed.stop("SIGKILL"); // Postgres and the gateways are still on their way out
  const child = start();
  await ready(child);
  expect(await welcomeMessages()).toHaveLength(3);

  const pid = child.pid ?? 0;
  for (const service of await childrenOf(pid)) {
    if (await isGateway(service)) process.kill(service, "SIGKILL");
  }
  await child.waitForLine((line) => /^gateway 1 .*died \(signal SIGKILL\)/.test(line), goneTimeoutMs);
  await child.waitForLine((line) => /^gateway 2 .*died \(signal SIGKILL\)/.test(line), goneTimeoutMs);
  await expect.poll(() => welcomeMessages().catch(() => []), { timeout: startTimeoutMs }).toHaveLength(3);

  const below = await descendants(pid);
  process.kill(pid, "SIGTERM");
  expect(await child.exited).toMatchObject({ code: 0 });
  expect(await untilGone(below, goneTimeoutMs)).toBe(true);
});

test("a Ctrl-C while it starts stops it as well", async () => {
  const child = start();
  await child.waitForLine((line) => line.includes("starting"), startTimeoutMs);
  const pid = child.pid ?? 0;
  await expect.poll(() => childrenOf(pid), { timeout: startTimeoutMs }).not.toEqual([]);
  const below = await descendants(pid);
  process.kill(-pid, "SIGINT");
  expect(await child.exited).toMatchObject({ code: 0 });
  expect(await untilGone(below, goneTimeoutMs)).toBe(true);
});

test("a taken port is named, with what to do", async () => {
  const squatter = createServer().listen(port, "127.0.0.1");
  try {
    const child = start();
    expect(await child.exited).toMatchObject({ code: 1 });
    expect(child.tail()).toContain(`Port ${port} is taken`);
    expect(child.tail()).toContain("PORT=");
  } finally {
    squatter.close();
  }
});

async function isGateway(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8")).includes("src/gateway/main.ts");
}
