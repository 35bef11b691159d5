/**
 * Loads a CommonJS library with some of its files mended in memory: for faults that upstream has open and that we
 * cannot live with. Who imports the library by its own name gets it as it is, unless it is loaded here first.
 */
import { readFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, join } from "node:path";

/** Text that must be there exactly once, and what stands in its place. */
export type Mend = readonly [was: string, is: string];

/** What to mend: of each file (relative to the library's entry) its mends. */
export interface Mending {
  library: string;
  files: Readonly<Record<string, readonly Mend[]>>;
  /** The error when a file is not the one that the mends were written for: what to do then. */
  advice: string;
}

/** @throws Error with `advice` unless each mend fits exactly once. */
export function mend(source: string, mends: readonly Mend[], advice: string): string {
  return mends.reduce((text, [was, is]) => {
    const parts = text.split(was);
    if (parts.length !== 2) throw new Error(advice);
    return parts.join(is);
  }, source);
}

/** The library as `require` gives it, mended. @throws Error with the mending's advice for another version. */
export function loadMended({ library, files, advice }: Mending): unknown {
  const require = createRequire(import.meta.url);
  const entry = require.resolve(library);
  for (const [name, mends] of Object.entries(files)) {
    const file = join(dirname(entry), name);
    const module = new Module(file) as Module & { _compile(source: string, filename: string): void };
    module.filename = file;
    // Its own dependencies, wherever npm has put them.
    module.paths = createRequire(file).resolve.paths(library) ?? [];
    // Where its neighbours look for it: whoever requires it afterwards gets this one.
    require.cache[file] = module;
    module._compile(mend(readFileSync(file, "utf8"), mends, advice), file);
    module.loaded = true;
  }
  return require(entry);
}
