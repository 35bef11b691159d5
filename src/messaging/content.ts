import { ChatError } from "../protocol/errors.ts";
import { fits, isStorable } from "../protocol/primitives.ts";

/** @throws ChatError VALIDATION_FAILED for content that is empty, too long or not storable. */
export function checkContent(content: string, maxLength: number, mayBeEmpty = false): void {
  if (!fits(content, maxLength))
    throw new ChatError("VALIDATION_FAILED", `content has more than ${maxLength} characters`, {
      field: "content",
    });
  if (!isStorable(content))
    throw new ChatError("VALIDATION_FAILED", "content is not valid Unicode or has NUL characters", {
      field: "content",
    });
  if (!mayBeEmpty && content.trim() === "")
    throw new ChatError("VALIDATION_FAILED", "content must not be empty", { field: "content" });
}
