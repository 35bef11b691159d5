import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { mendConnection, mendedPostgres } from "./mended-postgres.ts";

const file = createRequire(import.meta.url)
  .resolve("postgres")
  .replace(/index\.js$/, "connection.js");
const source = readFileSync(file, "utf8");

test("the mends fit the installed library, and what is loaded makes a pool", async () => {
  expect(mendConnection(source)).not.toBe(source);
  const sql = mendedPostgres("postgres://nobody@127.0.0.1:1/none", { max: 1 });
  expect(sql.options.database).toBe("none");
  await sql.end({ timeout: 1 });
});

test("another version of the library, or one that is mended already, is refused with what to do", () => {
  expect(() => mendConnection(source.replace("socket.write(chunk, fn)", "write()"))).toThrow(
    /pin that version/,
  );
  expect(() => mendConnection(mendConnection(source))).toThrow(/pin that version/);
});
