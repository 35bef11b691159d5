/** Typing: telling it now and then while it goes on, and forgetting others' when nobody says that it ended. */
import type { ServerPayload } from "../../../protocol/server-events.ts";
import type { Link } from "../connection/link.ts";
import type { Input } from "../state/input.ts";

/** The server forgets after 5 s; ms. */
const TELL_EVERY = 3_000;
const FORGET_AFTER = 6_000;

export function createTyping(link: Link, dispatch: (input: Input) => void, now: () => number = Date.now) {
  const told = new Map<string, number>();
  const ends = new Map<string, ReturnType<typeof setTimeout>>();

  return {
    /** With each keystroke, and when it stopped. */
    typing(conversationId: string, isTyping: boolean): void {
      const last = told.get(conversationId);
      if (isTyping && last !== undefined && now() - last < TELL_EVERY) return;
      if (!isTyping && last === undefined) return;
      if (isTyping) told.set(conversationId, now());
      else told.delete(conversationId);
      link.tell(isTyping ? "TYPING_START" : "TYPING_STOP", { conversationId });
    },
    /** A message was sent: the server ends the typing with it. */
    sent(conversationId: string): void {
      told.delete(conversationId);
    },
    heard({ conversationId, userId, isTyping }: ServerPayload<"USER_TYPING">): void {
      const key = `${conversationId} ${userId}`;
      clearTimeout(ends.get(key));
      ends.delete(key);
      if (!isTyping) return;
      const end = () => {
        ends.delete(key);
        dispatch({ type: "typingEnded", conversationId, userId });
      };
      ends.set(key, setTimeout(end, FORGET_AFTER));
    },
    close(): void {
      for (const timer of ends.values()) clearTimeout(timer);
    },
  };
}
