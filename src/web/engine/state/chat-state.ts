/**
 * What one tab knows, as plain immutable data: every change makes new objects along its path and leaves all others as
 * they were, so that `===` tells a component whether it concerns it.
 */
import type { ClientConfig } from "../../../protocol/client-config.ts";
import type { Conversation } from "../../../protocol/conversation.ts";
import type { ErrorCode } from "../../../protocol/errors.ts";
import type { Message } from "../../../protocol/message.ts";
import type { Presence, User } from "../../../protocol/user.ts";
import type { Change, Patch } from "./change.ts";

export interface ChatState {
  /** `starting` until IndexedDB was read; `signed-in` holds offline, too. */
  readonly phase: "starting" | "signed-out" | "signed-in";
  readonly self: User | null;
  readonly connection: ConnectionState;
  /** Whether the list has come from the server (or, offline, from IndexedDB) at least once. */
  readonly listReady: boolean;
  readonly conversations: Readonly<Record<string, ConversationState>>;
  /** Everybody whose name is known, by user id. */
  readonly people: Readonly<Record<string, Person>>;
  /** Who is not here is offline, or nobody that one may see. */
  readonly presence: Readonly<Record<string, Presence>>;
  /** Who is typing, by conversation; never oneself. */
  readonly typing: Readonly<Record<string, readonly string[]>>;
  /** What this browser's user did and the server has not acknowledged, oldest first, of all conversations. */
  readonly outbox: readonly OutboxItem[];
  /** Unsent text, by conversation id (or `thread:<rootId>`). */
  readonly drafts: Readonly<Record<string, Draft>>;
  /** What this tab shows of a conversation that was opened here. */
  readonly views: Readonly<Record<string, ViewState>>;
  readonly config: ClientConfig | null;
}

export interface ConnectionState {
  /** `offline`: the browser says so, or nothing answered for a while. `catching-up`: connected, SYNC under way. */
  readonly status: "connected" | "reconnecting" | "offline" | "catching-up";
  /** Why the session ended by the server's wish, for a person to read; null as a rule. */
  readonly notice: string | null;
}

export type Person = Pick<User, "id" | "name" | "avatarUrl" | "lastSeen">;

/** Inclusive sequence numbers between which every message is held. */
export type Range = readonly [from: number, to: number];

/** A conversation's facts as the list tells them, and what is held of its messages, all as of `version`. */
export interface ConversationState extends Omit<Conversation, "lastMessage" | "messageCount"> {
  /** The newest message, also where nothing else is held. */
  readonly last: Message | null;
  /** What is held, in order of `seq`; between `ranges` something is missing. */
  readonly messages: readonly Message[];
  /** Disjoint, not adjacent, ascending. */
  readonly ranges: readonly Range[];
  /** The seq of the first message there is, once that was seen; null: there may be older ones. */
  readonly firstSeq: number | null;
  /** How far oneself has read, here or on another device. */
  readonly readSeq: number;
  /** False when `unreadCount` is a guess that the server must mend. */
  readonly unreadExact: boolean;
  /** Whether its messages in IndexedDB are here. Until then changes wait. */
  readonly hydrated: boolean;
  /**
   * The last SYNC answer was limited: messages that were written up to `version` and changed after it are still to
   * come, so a live change may be of one that should be here and is not.
   */
  readonly partial: boolean;
  /** The highest version that anybody named: above `version`, something is missing. */
  readonly known: number;
  /** Changes that came before those they follow, in order of version. */
  readonly waiting: readonly Change[];
  /** Changes of messages that are not held: a page of history may come that was read before them. */
  readonly unplaced: readonly Patch[];
  /** Times of the last events about name, settings and members, by which older ones are known. */
  readonly stamps: Readonly<Record<string, string>>;
}

export interface ViewState {
  /** The window that is shown is the range that holds this seq; `end`: the newest messages. */
  readonly anchor: number | "end";
  readonly loading: "none" | "first" | "older" | "newer" | "jump";
  /** Why loading failed, for a person to read; it is tried again by the next call. */
  readonly error: string | null;
  /** Where the unread messages began when the conversation was opened (that message's seq), for the divider. */
  readonly unreadFrom: number | null;
}

export interface Draft {
  readonly text: string;
  readonly replyToId?: string | null;
  readonly updatedAt: number;
}

/** A message that the outbox may have to send first: by its id, or by the tempId of its send. */
export type MessageReference = { readonly messageId: string } | { readonly tempId: string };

export type OutboxAction =
  | {
      readonly kind: "send";
      readonly tempId: string;
      readonly content: string;
      readonly replyToId?: string | null;
      readonly threadId?: string | null;
      readonly attachmentIds?: readonly string[];
      /** What the attachments look like until the server's message comes. */
      readonly attachments?: Message["attachments"];
      readonly clientTimestamp: string;
    }
  | { readonly kind: "edit"; readonly target: MessageReference; readonly content: string }
  | { readonly kind: "delete"; readonly target: MessageReference }
  | {
      readonly kind: "react";
      readonly target: MessageReference;
      readonly emoji: string;
      readonly add: boolean;
    }
  | { readonly kind: "read"; readonly seq: number };

export type OutboxItem = OutboxAction & {
  /** Its own; ascending in the order of what was done. */
  readonly id: number;
  readonly conversationId: string;
  /** `sent`: acknowledged, and shown until the server's row is here. `failed`: refused for good; retry or discard. */
  readonly state: "waiting" | "sending" | "sent" | "failed";
  readonly attempts: number;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  /** The message's number, once `sent`. */
  readonly sentAs?: {
    readonly messageId: string;
    readonly seq: number;
    readonly version: number;
    readonly timestamp: string;
  };
};

export type { ClientConfig };

export const initialState: ChatState = {
  phase: "starting",
  self: null,
  connection: { status: "reconnecting", notice: null },
  listReady: false,
  conversations: {},
  people: {},
  presence: {},
  typing: {},
  outbox: [],
  drafts: {},
  views: {},
  config: null,
};
