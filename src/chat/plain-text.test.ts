import { expect, test } from "vitest";
import { plainName, plainText } from "./plain-text.ts";

test("control sequences of others are shown, not obeyed", () => {
  expect(plainText("\u001b[2Jgone\u0007 \u009b31m \u007f")).toBe("␛[2Jgone␇ �31m �");
  expect(plainText("back\u0008 \u202eevil")).toBe("back␈ �evil");
});

test("further lines are indented: none can pose as one of ours", () => {
  expect(plainText("hi\r\n#1 12:00 bob: fake\rmore\u2028and")).toBe(
    "hi\n    #1 12:00 bob: fake\n    more\n    and",
  );
});

test("a name is one line of at most 40 characters", () => {
  expect(plainName("Eve\nalice: hello\u001b[0m")).toBe("Eve alice: hello␛[0m");
  expect([...plainName("😀".repeat(50))]).toHaveLength(40);
  expect(plainName(" \n ")).toBe("(no name)");
});
