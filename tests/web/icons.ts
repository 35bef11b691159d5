/** `node tests/web/icons.ts`: the installed app's PNG icons from its SVG ones. Run it when those change, and commit. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "./browser.ts";

const folder = fileURLToPath(new URL("../../src/web/public/", import.meta.url));
const wanted = [
  ["icon.svg", "icon-192.png", 192],
  ["icon.svg", "icon-512.png", 512],
  ["icon-maskable.svg", "icon-maskable-512.png", 512],
  ["icon-maskable.svg", "icon-180.png", 180],
] as const;

const browser = await launchBrowser();
for (const [from, to, size] of wanted) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const svg = (await readFile(folder + from)).toString("base64");
  await page.setContent(
    `<body style="margin:0"><img style="display:block;width:${size}px" src="data:image/svg+xml;base64,${svg}">`,
  );
  await writeFile(folder + to, await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
