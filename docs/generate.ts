/**
 * `npm run docs`: writes docs/reference/ from the schemas, the settings and the routes, so that it cannot
 * tell anything else than the code does. `npm run docs -- --check` writes nothing and fails when a file is
 * not up to date.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { asyncApiDocument } from "./generate/asyncapi.ts";
import { errorsPage } from "./generate/errors-page.ts";
import { eventsPage } from "./generate/events-page.ts";
import { openApiDocument } from "./generate/openapi.ts";
import { settingsPage } from "./generate/settings-page.ts";

const directory = new URL("./reference/", import.meta.url);
const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

const files: Record<string, string> = {
  "openapi.json": json(await openApiDocument()),
  "asyncapi.json": json(asyncApiDocument()),
  "settings.md": settingsPage(),
  "errors.md": errorsPage(),
  "events.md": eventsPage(),
};

const stale: string[] = [];
await mkdir(directory, { recursive: true });
for (const [name, content] of Object.entries(files)) {
  const file = new URL(name, directory);
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present === content) continue;
  stale.push(name);
  if (!process.argv.includes("--check")) await writeFile(file, content);
}

if (stale.length === 0) console.log("docs/reference is up to date");
else if (!process.argv.includes("--check")) console.log(`wrote ${stale.join(", ")} in docs/reference`);
else {
  console.error(`docs/reference is not up to date (${stale.join(", ")}): run \`npm run docs\` and commit`);
  process.exitCode = 1;
}
