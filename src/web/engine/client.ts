/**
 * The web client's engine as the screens see it. Nothing here waits for the network unless it says so: what a user
 * does is in the store when the call returns, on disk a moment later, and sent when it can be.
 */
import type { StoreApi } from "zustand/vanilla";
import type { Attachment } from "../../protocol/attachment.ts";
import type {
  Conversation,
  ConversationPatch,
  NotificationSettings,
  ParticipantPatch,
} from "../../protocol/conversation.ts";
import type { Message, MessageVersion } from "../../protocol/message.ts";
import type { User } from "../../protocol/user.ts";
import type { ChatState, Draft, MessageReference } from "./state/chat-state.ts";

export interface ClientOptions {
  /** Origin of the gateway; the page's own by default. */
  readonly url?: string;
  /** Keeps apart what several users of one browser profile store (tests: several people in one process). */
  readonly profile?: string;
}

export interface Cancel {
  readonly signal?: AbortSignal;
}

/** @see createClient in create-client.ts */
export interface ChatClient {
  readonly store: StoreApi<ChatState>;
  /** Reads IndexedDB into the store, then connects. Resolves when `phase` is no longer `starting`. */
  start(): Promise<void>;
  /** Ends connection, timers and database handles; nothing is lost, nothing is signed out. */
  close(): Promise<void>;
  readonly account: Account;
  readonly conversations: Conversations;
  readonly messages: Messages;
  readonly search: Search;
  readonly attachments: Attachments;
  readonly push: Push;
}

/** All wait for the network. @throws ApiError (api/http.ts): `code`, `field`, a `message` for people. */
export interface Account {
  register(input: { email: string; password: string; name: string }): Promise<void>;
  signIn(input: { email: string; password: string }): Promise<void>;
  /** Ends the session here and on the server, and forgets all that was stored. `unsent` tells what would be lost. */
  signOut(): Promise<void>;
  unsent(): number;
  updateProfile(patch: { name?: string; avatarUrl?: string | null }): Promise<User>;
  notificationSettings(): Promise<NotificationSettings>;
  updateNotificationSettings(patch: NotificationSettings): Promise<NotificationSettings>;
}

export interface Conversations {
  /**
   * This tab shows it now: its stored messages are in the store within milliseconds, the newest from the server when
   * there is a connection, and it has a `ViewState` from now on. Again: harmless.
   */
  open(conversationId: string): Promise<void>;
  /** This tab shows it no longer; history that was paged in is let go. */
  leaveView(conversationId: string): void;
  /** Pages at the edges of the shown window; no-ops at its ends and while under way. Never reject: see `ViewState.error`. */
  loadOlder(conversationId: string): Promise<void>;
  loadNewer(conversationId: string): Promise<void>;
  /** Turns the window to this message's surroundings, loading them if need be; false if there is no such message. */
  jumpTo(conversationId: string, seq: number): Promise<boolean>;
  jumpToEnd(conversationId: string): Promise<void>;
  /** Everything up to `seq` was seen (default: the last message held). Works offline. */
  markRead(conversationId: string, seq?: number): void;
  /** Call with each keystroke; told to others at most every 3 s. `false`: stopped. */
  typing(conversationId: string, isTyping: boolean): void;
  /** An empty text removes it. */
  setDraft(key: string, draft: Pick<Draft, "text" | "replyToId">): void;

  /** These wait for the network. @throws ApiError */
  startDirect(userId: string): Promise<string>;
  createGroup(input: {
    name: string;
    description?: string;
    participantIds: readonly string[];
  }): Promise<string>;
  update(conversationId: string, patch: ConversationPatch): Promise<void>;
  remove(conversationId: string): Promise<void>;
  addParticipants(conversationId: string, userIds: readonly string[]): Promise<void>;
  updateParticipant(conversationId: string, userId: string, patch: ParticipantPatch): Promise<void>;
  /** One's own id: leaves. */
  removeParticipant(conversationId: string, userId: string): Promise<void>;
  /** Anew from the server, with all participants it tells. */
  refresh(conversationId: string): Promise<void>;
}

export interface NewText {
  readonly content: string;
  readonly replyToId?: string | null;
  readonly threadId?: string | null;
  /** Of finished uploads. */
  readonly attachments?: readonly Attachment[];
}

export interface Messages {
  /** @returns the tempId, which is also the shown message's `key` from now on. */
  send(conversationId: string, text: NewText): string;
  edit(conversationId: string, target: MessageReference, content: string): void;
  delete(conversationId: string, target: MessageReference): void;
  react(conversationId: string, target: MessageReference, emoji: string, add: boolean): void;
  /** Of a failed outbox item: tries again, or forgets it. */
  retry(outboxId: number): void;
  discard(outboxId: number): void;

  /** These wait for the network. @throws ApiError */
  versions(messageId: string, options?: Cancel): Promise<MessageVersion[]>;
  forward(messageId: string, conversationIds: readonly string[]): Promise<void>;
  /** Loads a thread's replies into the conversation (select them with `selectThread`); true when there are more. */
  loadThread(conversationId: string, rootId: string, options?: Cancel): Promise<boolean>;
  /** A message that is held, such as a quoted one; null: it must be paged in first. */
  find(conversationId: string, messageId: string): Message | null;
}

export interface SearchHit {
  readonly message: Message;
  /** The text around the hit, split: the parts with `hit` are what was found. Plain text, to be shown as such. */
  readonly excerpt: readonly { readonly text: string; readonly hit: boolean }[];
}

/** @throws ApiError; an aborted one with `code: "ABORTED"`. */
export interface Search {
  messages(
    query: string,
    options?: Cancel & { conversationId?: string; cursor?: string },
  ): Promise<{ hits: SearchHit[]; next: string | null }>;
  people(query: string, options?: Cancel): Promise<User[]>;
}

export interface Attachments {
  /** @param onProgress bytes that were sent, of how many. @throws ApiError */
  upload(
    file: File | Blob,
    options?: Cancel & { name?: string; onProgress?: (sent: number, total: number) => void },
  ): Promise<Attachment>;
  /** A link that works for a short while, to be used as `src` or `href` at once. @throws ApiError */
  link(attachmentId: string, options?: Cancel): Promise<string>;
}

export interface Push {
  /** `off`: the installation has none. `unsupported`: this browser cannot. `denied`: the user said no. `ask`: may be asked for. */
  state(): "off" | "unsupported" | "denied" | "ask" | "on";
  /** Asks the user (call it from a click) and registers this device. Resolves with the new state. */
  enable(): Promise<ReturnType<Push["state"]>>;
  disable(): Promise<void>;
  /** Registers again what was registered before; the client does so at its start. */
  renew(): Promise<void>;
  /** Called with the conversation to open when a notification was clicked. @returns what ends it. */
  onOpen(listener: (conversationId: string) => void): () => void;
}

export type { Attachment, Attachment as UploadedAttachment, Conversation };
