import { selectThread, selectTimeline } from "../../engine/state/selectors.ts";
import type { ChatState, ShownMessage } from "../shell/types.ts";

/** One's own newest message that can still be changed, in the conversation or the thread. */
export function lastOwn(
  state: ChatState,
  conversationId: string,
  threadId: string | null,
): ShownMessage | undefined {
  const entries =
    threadId === null
      ? selectTimeline(state, conversationId).entries.filter(({ message }) => message.threadId === null)
      : selectThread(state, conversationId, threadId);
  return entries.findLast(({ message }) => message.senderId === state.self?.id && !message.deletedAt);
}
