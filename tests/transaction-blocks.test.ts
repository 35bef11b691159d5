/**
 * No transaction blocks of postgres.js where it serves: a Postgres that dies while one is open ends the
 * process (docs/adr/0011-no-transaction-blocks.md says how, and what to write instead). `migrate` may: a
 * process of its own, which has to fail then anyway.
 */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../src/", import.meta.url));
const exempt = /(^src\/store\/migrate\.ts|\.test\.ts)$/;
// With its type argument; what `reserve` answers needs a BEGIN of its own.
const block = /\.(begin|reserve)\s*(<[^(]*>)?\s*\(/;
const comment = /^\s*(\*|\/\/|\/\*)/;

/** The lines that open a transaction block, as "file:line: text". */
function transactionBlocks(path: string, text: string): string[] {
  if (exempt.test(path)) return [];
  return text
    .split("\n")
    .flatMap((line, index) =>
      block.test(line) && !comment.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
    );
}

test("nothing that a gateway or worker runs opens a transaction block: write one statement, see ADR 0011", async () => {
  const names = (await readdir(source, { recursive: true })).filter((name) => /\.tsx?$/.test(name));
  expect(names).toContain("store/migrate.ts");
  const found = await Promise.all(
    names.map(async (name) => transactionBlocks(`src/${name}`, await readFile(`${source}${name}`, "utf8"))),
  );
  expect(found.flat()).toEqual([]);
});

test.each([
  "await sql.begin(async (tx) => {",
  'await accounts.sql.begin("isolation level serializable", async (tx) => {',
  "return db.begin<Row[]>(run);",
  "  .begin (run)",
  "await using connection = await sql.reserve();",
])("a planted block is found: %s", (line) => {
  expect(transactionBlocks("src/identity/refresh.ts", `const a = 1;\n${line}`)).toHaveLength(1);
});

test.each([
  ["src/store/migrate.ts", "await sql.begin(async (tx) => {"],
  ["src/worker/jobs.pg.test.ts", "await sql.begin(async (tx) => {"],
  ["src/store/client.ts", " * never `sql.begin(...)`"],
  ["src/bus/stream.ts", "beginning(); begin(x);"],
])("what is allowed is let through: %s with %s", (path, line) => {
  expect(transactionBlocks(path, line)).toEqual([]);
});
