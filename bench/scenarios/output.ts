import { fileURLToPath } from "node:url";
import type { Options } from "../options.ts";
import type { DatabaseCounts } from "../run/database.ts";
import type { Measured } from "./measure.ts";

/** Where reports and profiles go; ignored by git. */
export const resultsDir = fileURLToPath(new URL("../results", import.meta.url));

/** The part of the stack's options that --profile sets. */
export function profileDir(options: Options): { profileDir?: string } {
  return options.profile ? { profileDir: resultsDir } : {};
}

/** A line of progress; the report alone goes to stdout. */
export function tell(line: string): void {
  console.error(line);
}

/** With --statements: the most frequent SQL statements of a run. */
export function tellStatements(options: Options, measured: Measured): void {
  if (options.statements) tellTop(measured.database);
}

/** The most frequent SQL statements: calls, mean time, text. */
export function tellTop(database: DatabaseCounts): void {
  for (const { calls, meanMs, query } of database.top) {
    tell(
      `  ${String(calls).padStart(8)} × ${meanMs.toFixed(3)} ms  ${query.replaceAll(/\s+/g, " ").slice(0, 160)}`,
    );
  }
}
