/**
 * `npm run screenshots`: the main screens, light and dark, on a desktop and a phone, of the real client on a real
 * platform, into docs/images as WebP. A minute; run it when the looks change, and look at what it writes.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { buildWebClient } from "../../src/dev/web-client.ts";
import { register } from "../../src/testing/client/account.ts";
import { startPlatform } from "../../src/testing/platform/platform.ts";
import { launchBrowser } from "./browser.ts";
import { furnish, type Household } from "./furnish.ts";

const folder = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

await buildWebClient((line) => console.log(line));
await mkdir(folder, { recursive: true });
const attachments = await mkdtemp(join(tmpdir(), "nexus-shots-"));
await using platform = await startPlatform({
  gateways: 1,
  env: { ATTACHMENTS_PATH: attachments, LINK_PREVIEWS: "false" },
});
const url = platform.gateways[0]?.url ?? "";
const browser = await launchBrowser();
try {
  const household = await furnish(url, browser, (name) => register(url, { name }));
  for (const colorScheme of ["light", "dark"] as const) {
    await shoot(browser, household, colorScheme, "desktop");
    await shoot(browser, household, colorScheme, "phone");
  }
} finally {
  await browser.close();
  await rm(attachments, { recursive: true, force: true });
}

async function shoot(
  from: Browser,
  { self, rootId, groupId }: Household,
  colorScheme: "light" | "dark",
  kind: "desktop" | "phone",
): Promise<void> {
  const context = await from.newContext({
    colorScheme,
    viewport: kind === "desktop" ? desktop : phone,
    reducedMotion: "reduce",
    ...(kind === "phone" && { deviceScaleFactor: 2, isMobile: true, hasTouch: true }),
  });
  const page = await context.newPage();
  const keep = async (name: string) => {
    await page.waitForTimeout(700); // pictures and fonts; nothing is decided by it
    await writeFile(join(folder, `web-${name}-${kind}-${colorScheme}.webp`), await webp(page));
  };
  await page.goto(url);
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await keep("sign-in");
  await page.getByLabel("E-mail address").fill(self.email);
  await page.getByLabel("Password").fill(self.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("navigation", { name: "Conversations" }).getByText("Platform team").waitFor();
  if (kind === "phone") await keep("list");
  await page.goto(`${url}/#/c/${groupId}`);
  await page.locator("article[data-message]").last().waitFor();
  await keep("messages");
  await page.goto(`${url}/#/c/${groupId}/t/${rootId}`);
  await page.getByRole("heading", { name: "Thread" }).waitFor();
  await page.getByText("3 replies").last().waitFor();
  await keep("thread");
  await page.goto(`${url}/#/`);
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  await page.getByRole("menuitem", { name: "Profile and settings" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).waitFor();
  await keep("settings");
  await context.close();
}

/** Chromium itself encodes: no other tool is needed. */
async function webp(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 82 });
  await session.detach();
  return Buffer.from(data, "base64");
}
