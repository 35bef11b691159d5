import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, register } from "../testing/client/account.ts";
import { type Platform, startPlatform } from "../testing/platform/platform.ts";

let platform: Platform;
let state: string;
let alice: Account;
let bob: Account;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  state = await mkdtemp(join(tmpdir(), "nexus-chat-"));
  alice = await register(url(0), { name: "Alice" });
  bob = await register(url(1), { name: "Bob" });
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  if (state) await rm(state, { recursive: true, force: true });
});

function url(gateway: number): string {
  return platform.gateways[gateway]?.url ?? "";
}

/** The program as a person starts it, with lines in place of a terminal. */
class Chat implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #watchers = new Set<() => void>();
  output = "";

  constructor(who: Account, gateway: number, to: string) {
    const options = ["--url", url(gateway), "--password", who.password, "--state", state, "--to", to];
    this.#child = spawn(process.execPath, ["src/chat/main.ts", who.email, ...options]);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        for (const wake of this.#watchers) wake();
      });
    }
    this.#ended = new Promise((resolve) => this.#child.once("close", resolve));
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Resolves when the output has this in it; rejects with all of the output after 15 s. */
  async shows(what: string | RegExp): Promise<void> {
    const there = () => (typeof what === "string" ? this.output.includes(what) : what.test(this.output));
    const deadline = AbortSignal.timeout(15_000);
    while (!there()) {
      if (deadline.aborted) throw new Error(`${what} is not in:\n${this.output}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#watchers.delete(wake);
          resolve();
        };
        this.#watchers.add(wake);
        deadline.addEventListener("abort", wake, { once: true });
      });
    }
  }

  /** Ends the input; resolves with the exit code once everything was sent. */
  end(): Promise<number | null> {
    this.#child.stdin?.end();
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

test("two people on two gateways see messages, receipts, edits, reactions and deletions, and what they missed", async () => {
  await using a = new Chat(alice, 0, bob.email);
  await using b = new Chat(bob, 1, alice.email);
  await a.shows("── Bob");
  await b.shows("── Alice");
  a.say("hello bob");
  await a.shows(/#1 \d\d:\d\d you: hello bob ✓/);
  await b.shows("[Alice]");
  b.say("/open Alice");
  await a.shows("✓✓ Bob read #1");
  b.say("hello alice");
  await a.shows("Bob: hello alice");
  b.say("/react 1 👍");
  await a.shows("Bob reacted to #1 👍");
  b.say("/edit hello dear alice");
  await a.shows("Bob: hello dear alice (edited)");
  b.say("/delete 2");
  await a.shows("Bob: This message has been deleted");

  expect(await b.end()).toBe(0);
  a.say("you are gone\u001b[2J");
  await a.shows("you: you are gone");
  expect(await a.end()).toBe(0);

  await using again = new Chat(bob, 1, "Alice");
  await again.shows("while you were away");
  await again.shows("Alice: you are gone␛[2J");
  expect(await again.end()).toBe(0);
});

test("what was said while the gateway is dead is sent when it is back", async () => {
  await using a = new Chat(alice, 0, bob.email);
  await a.shows("you: you are gone");
  const gateway = platform.gateways[0];
  await gateway?.kill();
  await a.shows("connection lost");
  a.say("from the outbox");
  await a.shows("it will be sent when the connection is back");
  await gateway?.start();
  await a.shows(/you: from the outbox ✓/);
  expect(await a.end()).toBe(0);
});

test("a wrong password is told, without a stack", async () => {
  await using a = new Chat({ ...alice, password: "not this one" }, 0, bob.email);
  expect(await a.end()).toBe(1);
  expect(a.output).toMatch(/password is wrong/);
  expect(a.output).not.toMatch(/\bat \S+:\d+/);
});
