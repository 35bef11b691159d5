/** All that can happen to the state. What tabs tell one another are inputs, too, so all of this can be cloned. */
import type { Conversation } from "../../../protocol/conversation.ts";
import type { Message } from "../../../protocol/message.ts";
import type { SyncResponse } from "../../../protocol/sync.ts";
import type { Presence, User } from "../../../protocol/user.ts";
import type {
  ChatState,
  ClientConfig,
  ConnectionState,
  ConversationState,
  Draft,
  OutboxItem,
  Person,
  ViewState,
} from "./chat-state.ts";

export type Input =
  /** What IndexedDB held: conversations without their messages (`hydrated: false`). */
  | {
      readonly type: "restored";
      readonly self: User | null;
      readonly conversations: readonly ConversationState[];
      readonly people: readonly Person[];
      readonly outbox: readonly OutboxItem[];
      readonly drafts: Readonly<Record<string, Draft>>;
    }
  /** A conversation's stored messages, with the version they are as of. */
  | {
      readonly type: "hydrated";
      readonly conversationId: string;
      readonly stored: StoredConversation | null;
    }
  | { readonly type: "signedOut"; readonly notice: string | null }
  | { readonly type: "profile"; readonly self: User }
  | { readonly type: "connection"; readonly connection: Partial<ConnectionState> }
  | { readonly type: "config"; readonly config: ClientConfig }
  /** An event of the server, by its name. */
  | { readonly type: "event"; readonly event: string; readonly payload: unknown }
  /** Somebody named versions: an acknowledgement, HEALTH_CHECK. */
  | { readonly type: "versions"; readonly versions: Readonly<Record<string, number>> }
  | { readonly type: "listed"; readonly conversations: readonly Conversation[]; readonly complete: boolean }
  | { readonly type: "synced"; readonly answer: SyncResponse }
  /** A page of history; `start`: there is nothing before its first message. */
  | {
      readonly type: "paged";
      readonly conversationId: string;
      readonly messages: readonly Message[];
      readonly start: boolean;
    }
  | { readonly type: "left"; readonly conversationId: string }
  | { readonly type: "online"; readonly users: readonly Presence[] }
  | { readonly type: "typingEnded"; readonly conversationId: string; readonly userId: string }
  | { readonly type: "people"; readonly people: readonly Person[] }
  | { readonly type: "readHere"; readonly conversationId: string; readonly seq: number }
  | { readonly type: "queued"; readonly item: OutboxItem }
  | { readonly type: "itemChanged"; readonly item: OutboxItem }
  | { readonly type: "itemGone"; readonly id: number }
  | { readonly type: "acknowledged"; readonly item: OutboxItem; readonly answer: unknown }
  | { readonly type: "draft"; readonly key: string; readonly draft: Draft | null }
  | { readonly type: "view"; readonly conversationId: string; readonly view: Partial<ViewState> | null }
  /** This tab shows the conversation no longer: only the newest messages are kept. */
  | { readonly type: "trimmed"; readonly conversationId: string };

export type StoredConversation = Pick<
  ConversationState,
  | "version"
  | "partial"
  | "seq"
  | "last"
  | "messages"
  | "ranges"
  | "firstSeq"
  | "readSeq"
  | "unreadCount"
  | "unreadExact"
>;

export type Reduce = (state: ChatState, input: Input) => ChatState;
