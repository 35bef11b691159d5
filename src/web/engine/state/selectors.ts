/** What screens ask of the state. Pure, and the same object for the same state, so that nothing renders in vain. */
import type { Message } from "../../../protocol/message.ts";
import type { ChatState, ConversationState, OutboxItem } from "./chat-state.ts";

/** A message as it is to be shown: what the user has done to it and the server has not confirmed is in it already. */
export interface ShownMessage {
  /** The same before and after the acknowledgement: tempId where there is one, else id. */
  readonly key: string;
  readonly message: Message;
  /** The send, while it is not acknowledged; `message.seq` is 0 then, and `message.id` the tempId. */
  readonly send: OutboxItem | null;
  /** The last edit, deletion or reaction that waits or has failed. */
  readonly change: OutboxItem | null;
}

export interface Timeline {
  readonly entries: readonly ShownMessage[];
  /** Nothing older, or newer, than the window exists. */
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

export type StatusIcon = "clock" | "error" | "sent" | "delivered" | "read";
export type { ConversationState };

export declare function selectTimeline(state: ChatState, conversationId: string): Timeline;
export declare function selectThread(
  state: ChatState,
  conversationId: string,
  rootId: string,
): readonly ShownMessage[];
export declare function selectOrder(state: ChatState): readonly string[];
export declare function selectUnreadTotal(state: ChatState): number;
export declare function selectTitle(state: ChatState, conversationId: string): string;
export declare function selectPeer(state: ChatState, conversationId: string): string | null;
export declare function selectStatusIcon(state: ChatState, shown: ShownMessage): StatusIcon | null;
