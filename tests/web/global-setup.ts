import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { buildWebClient } from "../../src/dev/web-client.ts";

/** The client as it is now, and a browser: Debian's, installed where it is missing and we may. */
export async function setup(): Promise<void> {
  if (!existsSync("/usr/bin/chromium")) installChromium();
  if (!(await buildWebClient((line) => console.log(line))))
    throw new Error("the web client could not be built");
}

function installChromium(): void {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    throw new Error(
      "Tests in a browser need /usr/bin/chromium: apt-get install chromium fonts-noto-color-emoji (as root).",
    );
  console.log("installing chromium");
  const options = { stdio: "ignore" as const, timeout: 300_000 };
  execFileSync("apt-get", ["update", "-qq"], options);
  const packages = ["chromium", "fonts-noto-color-emoji"];
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], options);
}
