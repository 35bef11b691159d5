import { expect, test } from "vitest";
import { ChatError } from "../protocol/errors.ts";
import { checkContent } from "./content.ts";

function refusal(content: string, maxLength = 10_000): ChatError | undefined {
  try {
    checkContent(content, maxLength);
    return undefined;
  } catch (error) {
    return error as ChatError;
  }
}

test.each<[what: string, content: string]>([
  ["one character", "x"],
  ["10,000 characters", "x".repeat(10_000)],
  ["10,000 characters beyond the basic plane, which are 20,000 UTF-16 units", "😀".repeat(10_000)],
  ["SQL", "'; drop table messages; --"],
  ["HTML", "<script>alert(1)</script>"],
  ["control characters", "\u0001\u001b[31m\u202e"],
  ["words between blanks", "  a  "],
  ["zero-width joiners", "👩‍👩‍👧"],
  ["a character outside of Unicode's assigned ones", "\u{10ffff}\ufffe"],
])("%s is content", (_, content) => {
  expect(refusal(content)).toBeUndefined();
});

test.each<[what: string, content: string]>([
  ["nothing", ""],
  ["blanks", " \n\t\u00a0\u3000"],
  ["10,001 characters", "x".repeat(10_001)],
  ["10,001 characters beyond the basic plane", "😀".repeat(10_001)],
  ["NUL", "a\0b"],
  ["a lone high surrogate", "a\ud83d"],
  ["a lone low surrogate", "\ude00a"],
])("%s is VALIDATION_FAILED", (_, content) => {
  const error = refusal(content);
  expect(error).toBeInstanceOf(ChatError);
  expect(error).toMatchObject({ code: "VALIDATION_FAILED", field: "content" });
});
