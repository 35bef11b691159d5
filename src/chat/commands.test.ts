import { expect, test } from "vitest";
import { readCommand } from "./commands.ts";

test.each([
  ["hello /open", { do: "send", text: "hello /open" }],
  ["//open is a command", { do: "send", text: "/open is a command" }],
  ["   ", { do: "nothing" }],
  ["/open Demo group ", { do: "open", name: "Demo group" }],
  ["/edit 12 two  words", { do: "edit", seq: 12, text: "two  words" }],
  ["/edit #12 x", { do: "edit", seq: 12, text: "x" }],
  ["/edit no number", { do: "edit", seq: undefined, text: "no number" }],
  ["/delete", { do: "delete", seq: undefined }],
  ["/delete 3", { do: "delete", seq: 3 }],
  ["/react 3 👍", { do: "react", seq: 3, emoji: "👍", present: true }],
  ["/unreact 🎉", { do: "react", seq: undefined, emoji: "🎉", present: false }],
  ["/history", { do: "history", count: 20 }],
  ["/history 1000", { do: "history", count: 100 }],
])("%j is understood", (line, command) => {
  expect(readCommand(line)).toEqual(command);
});

test.each(["/edit", "/edit 12", "/delete it", "/react 3", "/react a b", "/history all", "/nonsense"])(
  "%j is answered with what to do instead",
  (line) => {
    expect(readCommand(line)).toMatchObject({ do: "wrong" });
  },
);
