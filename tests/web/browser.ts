import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = "/usr/bin/chromium";

/** Debian's Chromium, without a window. Throws with what to install where there is none. */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(executablePath))
    throw new Error(
      `There is no ${executablePath}. Install it: apt-get install -y --no-install-recommends chromium fonts-noto-color-emoji`,
    );
  return chromium.launch({
    executablePath,
    // No sandbox: tests run as root in containers, and see only pages of our own.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-prefers-reduced-motion"],
  });
}
