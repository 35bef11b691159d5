/**
 * `node --import` this file: TypeScript files that strip-types.mjs has been at are taken for the JavaScript that they
 * are, without Node's compiler. All others go their usual way.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

/** The last line of a file without types. */
export const MARK = "// without types";

registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:") && url.endsWith(".ts")) {
      const source = readFileSync(new URL(url), "utf8");
      if (source.endsWith(`${MARK}\n`)) return { format: "module", source, shortCircuit: true };
    }
    return nextLoad(url, context);
  },
});
