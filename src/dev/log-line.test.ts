import { expect, test } from "vitest";
import { isPostgresTrouble, readableLogLine } from "./log-line.ts";

test("a line of JSON is shown as time, message and fields", () => {
  const line =
    '{"level":"info","time":"2026-11-21T12:00:01.123Z","service":"gateway","msg":"listening","port":3000}';
  expect(readableLogLine(line)).toBe("12:00:01 listening port=3000");
});

test("warnings and errors say so, and an error is its message", () => {
  const line =
    '{"level":"error","time":"2026-11-21T12:00:01.123Z","msg":"no Redis","err":{"type":"E","message":"gone away","stack":"long"}}';
  expect(readableLogLine(line)).toBe('12:00:01 ERROR no Redis err="gone away"');
});

test.each(["plain text", "{not json", ""])("what is not JSON stays as it is: %j", (line) => {
  expect(readableLogLine(line)).toBe(line);
});

test("a very long line is cut", () => {
  expect(readableLogLine(JSON.stringify({ msg: "x".repeat(10_000) })).length).toBeLessThan(500);
});

test("of Postgres's log only trouble is shown", () => {
  expect(isPostgresTrouble("2026-11-21 12:00:00.1 UTC [12] LOG:  checkpoint complete")).toBe(false);
  expect(isPostgresTrouble("2026-11-21 12:00:00.1 UTC [12] FATAL:  the database system is starting up")).toBe(
    true,
  );
});
