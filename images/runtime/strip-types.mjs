/**
 * Takes the types out of the TypeScript files of the given folders, at the build of the image: what Node would do at
 * each start, for which it loads a compiler of 24 MB. Lines and columns stay, so that errors name the source's.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { MARK } from "./load-stripped.mjs";

for (const folder of process.argv.slice(2))
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith(".ts") || name.endsWith(".d.ts")) continue;
    const file = join(folder, name);
    writeFileSync(file, `${stripTypeScriptTypes(readFileSync(file, "utf8"))}\n${MARK}\n`);
  }
