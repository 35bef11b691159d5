import type { Page } from "playwright-core";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Account } from "../../src/testing/client/account.ts";
import { choose, closeDialogs, message, openConversation, row, say, webStage } from "./stage.ts";

// The worker makes what is said findable.
const on = webStage({ worker: true });

let ann: Account;
let bob: Account;
let a: Page;
let b: Page;

// The same two people for all tests, each before their own gateway; each test has messages of its own.
beforeAll(async () => {
  [ann, bob] = await Promise.all([on.account("Ann Lee"), on.account("Bob Ray")]);
  const [first, second] = await Promise.all([
    on.open(ann, { gateway: 0, keep: true }),
    on.open(bob, { gateway: 1, keep: true }),
  ]);
  [a, b] = [first.page, second.page];
});

// A dialog that a test has left open would hide everything from the next.
afterEach(async () => {
  await Promise.all([closeDialogs(a), closeDialogs(b)]);
});

/** Ann has written this to Bob, and both are looking at it. */
async function scene(...texts: string[]): Promise<void> {
  await on.direct(ann, bob, ...texts);
  await Promise.all([openConversation(a, "Bob Ray"), openConversation(b, "Ann Lee")]);
  const last = texts.at(-1) ?? "";
  await Promise.all([message(a, last).waitFor(), message(b, last).waitFor()]);
}

/** In a group of these two, both are looking at it. */
async function group(name: string): Promise<void> {
  await on.group(name, ann, bob);
  await Promise.all([openConversation(a, name), openConversation(b, name)]);
}

test("an edited message says so, and both may see what it said before", async () => {
  await scene("Meet at nine");
  await choose(a, "Meet at nine", "Edit");
  const line = a.getByRole("textbox", { name: "Changed message" });
  await expect.poll(() => line.inputValue()).toBe("Meet at nine");
  await line.fill("Meet at ten");
  await line.press("Enter");
  await message(b, "Meet at ten").getByText("(edited)").click();
  const versions = b.getByRole("dialog", { name: "Versions of the message" });
  await versions.getByText("Meet at nine").waitFor();
  await versions.getByText("Meet at ten").waitFor();
});

test("a deleted message is gone for both, after a question", async () => {
  await scene("Said in anger");
  await choose(a, "Said in anger", "Delete");
  await a.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  for (const page of [a, b]) await message(page, "This message has been deleted").waitFor();
  expect(await message(b, "Said in anger").count()).toBe(0);
});

test("reactions: from the menu, from the picker, counted, and taken back", async () => {
  await scene("Shall we?");
  await message(b, "Shall we?").click({ button: "right", position: { x: 3, y: 3 } });
  await b.getByRole("menuitemcheckbox", { name: "React with 👍" }).click();
  await message(a, "Shall we?").getByRole("button", { name: "👍 1: Bob Ray" }).click();
  await message(b, "Shall we?").getByRole("button", { name: /👍 2/ }).waitFor();
  await choose(a, "Shall we?", "React…");
  await a.getByRole("textbox", { name: "Search emoji" }).fill("rocket");
  await a.getByRole("button", { name: "rocket" }).click();
  await message(b, "Shall we?").getByRole("button", { name: "🚀 1: Ann Lee" }).waitFor();
  await message(b, "Shall we?").getByRole("button", { name: /👍 2/ }).click();
  await message(a, "Shall we?").getByRole("button", { name: "👍 1: You" }).waitFor();
});

test("a reply quotes what it answers, and the quote leads there", async () => {
  await scene("Where is the key?", "Anybody?");
  await message(b, "Where is the key?").focus();
  await b.keyboard.press("r");
  await b.getByText("Reply to Ann Lee").waitFor();
  await say(b, "Under the mat");
  const quote = message(a, "Under the mat").getByRole("button", {
    name: "In reply to You: Where is the key?",
  });
  await quote.click();
  await a.locator("article[data-flashed]").filter({ hasText: "Where is the key?" }).waitFor();
});

test("a thread is answered beside the conversation, and counted on its first message", async () => {
  await scene("Plans for Friday");
  await choose(b, "Plans for Friday", "Reply in thread");
  const thread = b.getByRole("complementary", { name: "Thread" });
  const line = thread.getByRole("textbox", { name: "Reply in the thread" });
  await line.fill("I bring the cake");
  await line.press("Enter");
  await message(a, "Plans for Friday")
    .getByRole("button", { name: /1 reply/ })
    .click();
  const beside = a.getByRole("complementary", { name: "Thread" });
  await beside.getByText("I bring the cake").waitFor();
  await beside.getByText("1 reply").waitFor();
  expect(await beside.locator("article").count()).toBe(2);
});

test("a forwarded message arrives in another conversation and says that it was forwarded", async () => {
  await scene("The minutes of today");
  const cleo = await on.account("Cleo Day");
  await on.direct(cleo, ann, "Any news?");
  await row(a, "Cleo Day").waitFor();
  await choose(a, "The minutes of today", "Forward");
  const dialog = a.getByRole("dialog", { name: "Forward to…" });
  await dialog.getByRole("button", { name: "Cleo Day" }).click();
  await dialog.getByRole("button", { name: "Forward", exact: true }).click();
  await message(a, "The minutes of today").getByText("Forwarded").waitFor();
});

test("Markdown is drawn, code can be copied, and one emoji alone is large", async () => {
  await scene("Good day");
  await say(a, "**bold** and `code` at https://example.com/x.");
  const drawn = message(b, "bold and");
  expect(await drawn.locator("strong").innerText()).toBe("bold");
  expect(await drawn.locator("a").getAttribute("href")).toBe("https://example.com/x");
  expect(await drawn.locator("a").getAttribute("rel")).toContain("noopener");
  const line = a.getByRole("textbox", { name: "Message", exact: true });
  await line.fill("```js\nlet x = 1;\n```");
  await line.press("Enter");
  await message(b, "let x = 1;").getByRole("button", { name: "Copy" }).click();
  expect(await b.evaluate(() => navigator.clipboard.readText())).toBe("let x = 1;");
});

test("a name is completed after an @, and the mentioned person sees it marked", async () => {
  await group("Crew");
  const line = a.getByRole("textbox", { name: "Message", exact: true });
  await line.pressSequentially("Hi @bo");
  await a.getByRole("option", { name: "Bob Ray" }).waitFor();
  await line.press("Enter");
  await line.pressSequentially("look");
  await line.press("Enter");
  await message(b, "look").locator("[data-self]", { hasText: "@BobRay" }).waitFor();
});

test("a group is made of people who are searched for, renamed, and left", async () => {
  await a.getByRole("button", { name: "New conversation" }).first().click();
  await a.getByRole("button", { name: "New group" }).click();
  await a.getByRole("textbox", { name: "Add people" }).fill(bob.email);
  await a.getByRole("dialog").getByRole("button", { name: "Bob Ray" }).click();
  await a.getByRole("button", { name: "Next" }).click();
  await a.getByLabel("Name of the group").fill("Cake friends");
  await a.getByRole("button", { name: "Create group" }).click();
  await a.getByRole("heading", { level: 1, name: "Cake friends" }).waitFor();
  await openConversation(b, "Cake friends");
  await say(b, "Hello all");
  await message(a, "Hello all").getByText("Bob Ray").waitFor();

  await a
    .getByRole("main")
    .getByRole("button", { name: /Cake friends/ })
    .click();
  const info = a.getByRole("complementary", { name: "Group info" });
  await info.getByRole("button", { name: "Edit", exact: true }).click();
  await info.getByLabel("Name").fill("Tea friends");
  await info.getByRole("button", { name: "Save" }).click();
  await b.getByRole("heading", { level: 1, name: "Tea friends" }).waitFor();
  await b.getByRole("main").getByRole("button", { name: "More", exact: true }).click();
  await b.getByRole("menuitem", { name: "Leave group" }).click();
  await b.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await row(b, "Tea friends").waitFor({ state: "detached" });
});

test("search finds a message anywhere, and choosing it jumps there, however long ago it was", async () => {
  await on.direct(
    ann,
    bob,
    "the xylophone is in the attic",
    ...Array.from({ length: 130 }, (_, n) => `line ${n}`),
  );
  await openConversation(b, "Ann Lee");
  const field = b.getByRole("navigation").getByRole("textbox", { name: "Search" });
  const hit = b
    .getByRole("navigation")
    .locator("section")
    .filter({ hasText: "Messages" })
    .getByRole("button", { name: /xylophone/ });
  await expect
    .poll(
      async () => {
        await field.fill("");
        await field.fill("xylophone");
        return hit.waitFor({ timeout: 1500 }).then(
          () => true,
          () => false,
        );
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  expect(await hit.locator("mark").innerText()).toBe("xylophone");
  await hit.click();
  await b.locator("article[data-flashed]").filter({ hasText: "xylophone" }).waitFor();
  await b.getByRole("button", { name: /Jump to the newest/ }).click();
  await message(b, "line 129").waitFor();
  await field.fill("");
});

test("a file is dropped, uploaded and downloaded by the other; a picture is pasted and shown to both", async () => {
  await scene("Files come now");
  await a
    .locator("input[type=file]")
    .setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello file") });
  await say(a, "See attached");
  const card = message(b, "See attached").getByRole("button", { name: "Download notes.txt, 10 bytes" });
  const [download] = await Promise.all([b.waitForEvent("download"), card.click()]);
  expect(download.suggestedFilename()).toBe("notes.txt");

  await a.getByRole("textbox", { name: "Message", exact: true }).evaluate(async (line) => {
    const canvas = new OffscreenCanvas(64, 48);
    const context = canvas.getContext("2d");
    context?.fillRect(0, 0, 64, 48);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    const data = new DataTransfer();
    data.items.add(new File([blob], "dot.png", { type: "image/png" }));
    line.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  const tray = a.getByRole("list", { name: "Files to send" });
  await tray.getByText("dot.png").waitFor();
  await expect.poll(() => tray.getByRole("progressbar").count()).toBe(0);
  await a.getByRole("button", { name: "Send", exact: true }).click();
  for (const page of [a, b]) {
    const picture = page.getByRole("button", { name: "Open picture dot.png" }).locator("img");
    await picture.waitFor();
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(64);
  }
  await b.getByRole("button", { name: "Open picture dot.png" }).click();
  await b.getByRole("dialog").getByRole("img", { name: "dot.png" }).waitFor();
  await b.keyboard.press("Escape");
  await expect.poll(() => b.getByRole("dialog").count()).toBe(0);
});

test("profile: a new name is seen by others; and signing out leaves nothing behind", async () => {
  await scene("Who is who");
  await a.getByRole("button", { name: "Menu", exact: true }).click();
  await a.getByRole("menuitem", { name: "Profile and settings" }).click();
  await a.getByRole("dialog").getByLabel("Name").fill("Ann Lee-Ray");
  await a.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await a.getByText("Saved").waitFor();
  await b.reload();
  await b.getByRole("heading", { level: 1, name: "Ann Lee-Ray" }).waitFor();
  await a.keyboard.press("Escape");
  await a.getByRole("button", { name: "Menu", exact: true }).click();
  await a.getByRole("menuitem", { name: "Sign out" }).click();
  await a.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
  await a.getByRole("heading", { name: "Welcome back" }).waitFor();
  const kept = await a.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  await a.reload();
  await a.getByRole("heading", { name: "Welcome back" }).waitFor();
  expect(kept.length).toBeLessThanOrEqual(2);
});
