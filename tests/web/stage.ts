/**
 * A platform and a browser for one file of tests: people, each with a browser profile of their own, on the gateway one
 * wants. Everything real. What a page logs as an error, and what its policy refuses, fails the test that caused it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Account, register } from "../../src/testing/client/account.ts";
import { type Api, api } from "../../src/testing/client/api.ts";
import { type Platform, type PlatformOptions, startPlatform } from "../../src/testing/platform/platform.ts";
import { launchBrowser } from "./browser.ts";

export interface PersonOptions {
  gateway?: number;
  context?: BrowserContextOptions;
  /** For all tests of the file, not for the one that opens it. */
  keep?: boolean;
}

/** Somebody with a browser. */
export interface Person {
  readonly account: Account;
  readonly page: Page;
  readonly context: BrowserContext;
  /** What their pages complained of. */
  readonly complaints: string[];
}

export interface WebStage {
  readonly platform: Platform;
  readonly browser: Browser;
  url(gateway?: number): string;
  account(name: string): Promise<Account>;
  rest(account: Account, gateway?: number): Api;
  group(name: string, owner: Account, ...members: Account[]): Promise<string>;
  /** The first writes to the second; resolves with their conversation. */
  direct(from: Account, to: Account, ...texts: string[]): Promise<string>;
  /** A browser profile in which this account is signed in, at the list. */
  open(account: Account, options?: PersonOptions): Promise<Person>;
  /** A browser profile in which nobody is signed in. */
  blank(options?: PersonOptions): Promise<Omit<Person, "account">>;
}

/** A test waits this long, in ms, for what other people's machines and networks do; CI has two busy cores. */
const PATIENCE = 15_000;
/** Networks that tests cut complain; nothing else may. */
const expected =
  /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_NETWORK_CHANGED|WebSocket connection|ERR_EMPTY_RESPONSE|status of (401|404|409|413|503)/;

/** Registers the hooks that start and end it all. */
export function webStage(options: PlatformOptions = {}): WebStage {
  let platform: Platform | undefined;
  let browser: Browser | undefined;
  const contexts: { context: BrowserContext; complaints: string[]; keep: boolean }[] = [];

  beforeAll(async () => {
    const starts = await Promise.allSettled([startTestPlatform(options), launchBrowser()]);
    if (starts[0].status === "fulfilled") platform = starts[0].value;
    if (starts[1].status === "fulfilled") browser = starts[1].value;
    const failed = starts.find((start) => start.status === "rejected");
    if (failed) throw failed.reason;
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await keepPictures(task.name, contexts);
    const ended = contexts.filter(({ keep }) => !keep);
    await Promise.all(ended.map(({ context }) => context.close()));
    const all = contexts.flatMap(({ complaints }) => complaints.splice(0));
    contexts.splice(0, contexts.length, ...contexts.filter(({ keep }) => keep));
    expect(all).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.[Symbol.asyncDispose]();
  });

  const running = () => {
    if (!platform || !browser) throw new Error("the stage is set by beforeAll: use it in tests and hooks");
    return { platform, browser };
  };
  const url = (gateway = 0) => running().platform.gateways[gateway]?.url ?? "";

  async function blank({ context: more, keep = false }: PersonOptions = {}) {
    const context = await running().browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: "reduce",
      permissions: ["clipboard-read", "clipboard-write"],
      ...more,
    });
    context.setDefaultTimeout(PATIENCE);
    const complaints: string[] = [];
    contexts.push({ context, complaints, keep });
    context.on("weberror", (error) => complaints.push(String(error.error().stack)));
    context.on("console", (message) => {
      if (message.type() === "error" && !expected.test(message.text())) complaints.push(message.text());
    });
    return { context, page: await context.newPage(), complaints };
  }

  const stage: WebStage = {
    get platform() {
      return running().platform;
    },
    get browser() {
      return running().browser;
    },
    url,
    account: (name) => register(url(), { name }),
    rest: (account, gateway = 0) => api(url(gateway), account.token),
    async group(name, owner, ...members) {
      const body = { type: "GROUP", name, participantIds: members.map(({ id }) => id) };
      const answer = await stage.rest(owner).post<{ id: string }>("/conversations", body);
      if (answer.status !== 201) throw new Error(`no group: ${JSON.stringify(answer.body)}`);
      return answer.body.id;
    },
    async direct(from, to, ...texts) {
      let conversationId = "";
      for (const content of texts) {
        const answer = await stage
          .rest(from)
          .post<{ conversationId: string }>("/messages", { receiverId: to.id, content });
        if (answer.status !== 201) throw new Error(`not sent: ${JSON.stringify(answer.body)}`);
        conversationId = answer.body.conversationId;
      }
      return conversationId;
    },
    blank,
    async open(account, personOptions = {}) {
      const person = await blank(personOptions);
      const { page } = person;
      await page.goto(url(personOptions.gateway));
      await page.getByLabel("E-mail address").fill(account.email);
      await page.getByLabel("Password").fill(account.password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("navigation", { name: "Conversations" }).waitFor();
      return { account, ...person };
    },
  };
  return stage;
}

/** What every page looked like when a test failed, in .tmp/web. */
async function keepPictures(test: string, contexts: readonly { context: BrowserContext }[]): Promise<void> {
  const name = test.replace(/[^\w]+/g, "-").slice(0, 60);
  const pages = contexts.flatMap(({ context }) => context.pages());
  for (const [index, page] of pages.entries()) {
    const path = `.tmp/web/${name}-${index}.png`;
    await page.screenshot({ path, timeout: 5_000 }).catch(() => {});
    console.error(`${page.url()} looked like ${path}`);
  }
}

async function startTestPlatform(options: PlatformOptions): Promise<Platform> {
  const attachments = await mkdtemp(join(tmpdir(), "nexus-web-"));
  const platform = await startPlatform({
    worker: false,
    ...options,
    env: { ATTACHMENTS_PATH: attachments, ...options.env },
  });
  const dispose = platform[Symbol.asyncDispose];
  return Object.assign(platform, {
    async [Symbol.asyncDispose]() {
      await dispose();
      await rm(attachments, { recursive: true, force: true });
    },
  });
}

/** Opens the conversation of that name from the list. */
export async function openConversation(page: Page, title: string): Promise<void> {
  await row(page, title).click();
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

/** The conversation of that name in the list. */
export function row(page: Page, title: string) {
  return page
    .getByRole("navigation")
    .locator("[data-row]")
    .filter({ has: page.getByText(title, { exact: true }) })
    .first();
}

/** The message that says this, wherever in the feed. */
export function message(page: Page, text: string | RegExp) {
  return page.locator("article[data-message]").filter({ hasText: text });
}

/** Writes it in the open conversation and sends it by Enter. */
export async function say(page: Page, text: string): Promise<void> {
  const line = page.getByRole("textbox", { name: "Message", exact: true });
  await line.fill(text);
  await line.press("Enter");
}

/** Chooses an entry of a message's menu. */
export async function choose(page: Page, text: string, entry: string): Promise<void> {
  await message(page, text).click({ button: "right", position: { x: 3, y: 3 } });
  await page.getByRole("menuitem", { name: entry }).click();
}

/** By Esc, as people do. */
export async function closeDialogs(page: Page): Promise<void> {
  for (let tries = 0; tries < 3 && (await page.getByRole("dialog").count()) > 0; tries++)
    await page.keyboard.press("Escape");
}
