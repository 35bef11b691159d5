/**
 * `npm run docs`: writes all that is made from the schemas, the settings, the routes and the chart's values, so that it cannot tell
 * anything else than the code does: docs/reference/, the CustomResourceDefinition, the chart's schema and the table in its
 * README. `npm run docs -- --check` writes nothing and fails when a file is not up to date.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { crdYaml } from "../charts/generate/crd-yaml.ts";
import { manifests } from "../charts/generate/manifests.ts";
import { readValues } from "../charts/generate/values.ts";
import { valuesSchema } from "../charts/generate/values-schema.ts";
import { withValuesTable } from "../charts/generate/values-table.ts";
import { observabilityFiles } from "../dashboards/generate.ts";
import { asyncApiDocument } from "./generate/asyncapi.ts";
import { chatClusterPage } from "./generate/chat-cluster-page.ts";
import { errorsPage } from "./generate/errors-page.ts";
import { eventsPage } from "./generate/events-page.ts";
import { openApiDocument } from "./generate/openapi.ts";
import { settingsPage } from "./generate/settings-page.ts";

const root = new URL("../", import.meta.url);
const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
const present = (name: string) => readFile(new URL(name, root), "utf8");

const values = readValues(await present("charts/nexus/values.yaml"));

const files: Record<string, string> = {
  "docs/reference/openapi.json": json(await openApiDocument()),
  "docs/reference/asyncapi.json": json(asyncApiDocument()),
  "docs/reference/settings.md": settingsPage(),
  "docs/reference/errors.md": errorsPage(),
  "docs/reference/events.md": eventsPage(),
  "docs/reference/chatcluster.md": chatClusterPage(),
  "charts/nexus/crds/chatclusters.nexus.chat.yaml": crdYaml(),
  "charts/nexus/values.schema.json": json(valuesSchema(values)),
  "charts/nexus/README.md": withValuesTable(await present("charts/nexus/README.md"), values),
  ...observabilityFiles(),
  // Helm renders them: where there is none they are neither written nor checked.
  ...manifests(),
};

const stale: string[] = [];
for (const [name, content] of Object.entries(files)) {
  if ((await present(name).catch(() => undefined)) === content) continue;
  stale.push(name);
  if (process.argv.includes("--check")) continue;
  const file = new URL(name, root);
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, content);
}

if (stale.length === 0) console.log("what is generated is up to date");
else if (!process.argv.includes("--check")) console.log(`wrote ${stale.join(", ")}`);
else {
  console.error(`not up to date: ${stale.join(", ")}; run \`npm run docs\` and commit`);
  process.exitCode = 1;
}
