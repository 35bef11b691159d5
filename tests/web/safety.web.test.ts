import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { message, openConversation, row, say, webStage } from "./stage.ts";

const on = webStage({ gateways: 1 });
const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const payloads = [
  "<script>window.pwned = 1</script>",
  "<img src=x onerror=window.pwned=1>",
  '"><svg onload=window.pwned=1>',
  "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
  "[click](javascript:window.pwned=1)",
  "javascript:window.pwned=1",
  'https://x.example/"onmouseover="window.pwned=1',
  "{{constructor.constructor('window.pwned=1')()}}",
  "<a href='data:text/html,<script>pwned=1</script>'>x</a>",
  "</textarea><script>window.pwned=1</script>",
  "`</code><img src=x onerror=window.pwned=1>`",
  "```\n</pre><script>window.pwned=1</script>\n```",
  "<math><mtext><style><img src=x onerror=window.pwned=1>",
  "\u202e<b onclick=window.pwned=1>txt.exe",
];

test("payloads in names, messages, file names and groups stay text, and the policy lets no stranger's script run", async () => {
  const mallory = await on.account("<img src=x onerror=window.pwned=1>");
  const bob = await on.account("Bob Ray");
  await on.group("<script>window.pwned=1</script>", mallory, bob);
  await on.direct(mallory, bob, ...payloads);
  const b = await on.open(bob);
  await b.page.evaluate(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error("policy", event.violatedDirective),
    );
  });
  await openConversation(b.page, "<img src=x onerror=window.pwned=1>");
  await message(b.page, payloads[1] ?? "")
    .first()
    .waitFor();
  for (const [index, payload] of payloads.entries()) {
    const shown = await message(
      b.page,
      payload.replace(/`+\n?/g, "").split("\n")[0]?.slice(0, 40) ?? "",
    ).count();
    expect(shown, `payload ${index} is text`).toBeGreaterThan(0);
  }
  await b.page.locator("input[type=file]").setInputFiles({
    name: "<svg onload=window.pwned=1>.html",
    mimeType: "text/html",
    buffer: Buffer.from("<script>window.pwned=1</script>"),
  });
  await say(b.page, "a file");
  await message(b.page, "a file")
    .getByText(/onload=window.pwned=1/)
    .waitFor();
  expect(
    await b.page.locator("a[href^='javascript'], a[href^='data'], main iframe, main script").count(),
  ).toBe(0);
  expect(await b.page.evaluate(() => "pwned" in window)).toBe(false);

  const injected = await b.page.evaluate(async () => {
    const refused = new Promise<string>((resolve) => {
      document.addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective), {
        once: true,
      });
    });
    const script = document.createElement("script");
    script.textContent = "window.pwned = 1";
    document.body.append(script);
    return [await refused, "pwned" in window];
  });
  expect(injected).toEqual(["script-src-elem", false]);
  b.complaints.length = 0; // the refusals that were provoked
});

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axePath, "utf8"));
  return page.evaluate(async () => {
    interface Axe {
      run(
        options: object,
      ): Promise<{ violations: { id: string; nodes: { html: string; any: { message: string }[] }[] }[] }>;
    }
    const { axe } = window as unknown as { axe: Axe };
    const { violations } = await axe.run({
      // A menu is a popup: it lies outside of the page's landmarks by its nature.
      rules: { region: { enabled: false } },
      runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.any[0]?.message ?? ""}`),
    );
  });
}

test.each(["light", "dark"] as const)("axe finds no violation on any screen: %s", async (colorScheme) => {
  const [ann, bob, cleo] = await Promise.all([
    on.account("Ann Lee"),
    on.account("Bob Ray"),
    on.account("Cleo Day"),
  ]);
  const { page } = await on.blank({ context: { colorScheme } });
  const screens: Record<string, string[]> = {};
  const look = async (name: string) => {
    const found = await violations(page);
    if (found.length > 0) screens[name] = found;
  };
  await page.goto(on.url());
  await page.getByLabel("E-mail address").fill(ann.email);
  await look("sign-in");
  await page.getByLabel("Password").fill(ann.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText("No conversations yet").waitFor();
  await look("nothing yet");

  await on.direct(
    bob,
    ann,
    "Hello **Ann**, see https://example.com",
    "```js\nlet x = 1;\n```",
    "> a quote\n- a list",
  );
  await on.group("Crew", ann, bob, cleo);
  await openConversation(page, "Bob Ray");
  await say(page, "Hi Bob 👍");
  await message(page, "Hi Bob")
    .getByRole("img", { name: /Sent|Delivered/ })
    .waitFor();
  await message(page, "Hi Bob").first().focus();
  await page.keyboard.press("r");
  await say(page, "I answer myself");
  await message(page, "I answer myself").waitFor();
  await look("messages");

  await message(page, "Hi Bob").first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Forward" }).waitFor();
  await look("menu");
  await page.getByRole("menuitem", { name: "Forward" }).click();
  await page.getByRole("dialog").waitFor();
  await look("forward");
  await page.keyboard.press("Escape");
  await message(page, "Hi Bob").first().focus();
  await page.keyboard.press("t");
  await page.getByRole("complementary", { name: "Thread" }).waitFor();
  await look("thread");
  await page.getByRole("button", { name: "Search in conversation" }).click();
  await page.getByRole("complementary", { name: "Search" }).waitFor();
  await look("search");
  await row(page, "Crew").click();
  await page.getByRole("main").getByRole("button", { name: /Crew/ }).click();
  await page.getByRole("complementary", { name: "Group info" }).waitFor();
  await look("group info");
  await page.getByRole("button", { name: "New conversation" }).click();
  await page.getByRole("dialog", { name: "New conversation" }).waitFor();
  await look("new conversation");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  await page.getByRole("menuitem", { name: "Profile and settings" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).waitFor();
  await look("settings");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Emoji" }).click();
  await page.getByRole("textbox", { name: "Search emoji" }).fill("heart");
  await look("emoji");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 390, height: 800 });
  await look("phone");
  expect(screens).toEqual({});
});

test("everything by the keyboard: signing in, choosing, writing, answering, reacting, leaving", async () => {
  const [ann, bob] = await Promise.all([on.account("Ann Lee"), on.account("Bob Ray")]);
  await on.direct(bob, ann, "Do you hear me?");
  const { page } = await on.blank();
  const { keyboard } = page;
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "",
    );
  const tabTo = async (name: RegExp) => {
    for (let presses = 0; presses < 30; presses++) {
      await keyboard.press("Tab");
      if (name.test(await focused())) return;
    }
    throw new Error(`Tab never came to ${name}`);
  };
  await page.goto(on.url());
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await keyboard.type(ann.email);
  await keyboard.press("Tab");
  await keyboard.type(ann.password);
  await keyboard.press("Enter");
  await row(page, "Bob Ray").waitFor();
  await keyboard.press("Control+k");
  await page
    .getByRole("dialog", { name: "Go to a conversation" })
    .getByRole("button", { name: "Bob Ray" })
    .waitFor();
  await keyboard.type("bob");
  await keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Bob Ray" }).waitFor();
  await message(page, "Do you hear me?").first().waitFor();
  await expect.poll(focused).toBe("Message");
  await keyboard.type("Loud and clear");
  await keyboard.press("Enter");
  await message(page, "Loud and clear")
    .getByRole("img", { name: /Sent|Delivered/ })
    .waitFor();

  await keyboard.press("Shift+Tab");
  await keyboard.press("Shift+Tab");
  await expect.poll(focused).toMatch(/Loud and clear/);
  await keyboard.press("ArrowUp");
  await expect.poll(focused).toMatch(/Do you hear me/);
  await keyboard.press("Enter");
  await page.getByRole("menuitemcheckbox", { name: "React with 👍" }).waitFor();
  await keyboard.press("Home");
  await expect.poll(focused).toMatch(/👍/);
  await keyboard.press("Enter");
  await message(page, "Do you hear me?").first().getByRole("button", { name: "👍 1: You" }).waitFor();
  await expect.poll(focused).toMatch(/Do you hear me/);
  await keyboard.press("r");
  await expect.poll(focused).toBe("Message");
  await keyboard.type("This is my answer");
  await keyboard.press("Enter");
  await message(page, "This is my answer").getByText("Do you hear me?").waitFor();
  await keyboard.press("ArrowUp");
  await expect.poll(focused).toBe("Changed message");
  await keyboard.press("Escape");
  await keyboard.press("Escape");
  await page.getByText("Choose a conversation").waitFor();
  await tabTo(/^Menu$/);
  await keyboard.press("Enter");
  await page.getByRole("menu").waitFor();
  await keyboard.press("End");
  await keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Sign out?" }).waitFor();
  await tabTo(/^Sign out$/);
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
});
