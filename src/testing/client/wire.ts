// The shapes on the wire as shared/contract.md states them, written by hand and on purpose not imported from
// src/protocol: a test client that shares the server's schemas cannot notice that both are wrong.

/** What the server says when it refuses. `retryAfter` is in seconds. */
export type WireError = {
  readonly code: string;
  readonly message: string;
  readonly retryAfter?: number;
  readonly [more: string]: unknown;
};

/** The acknowledgement of every client event. */
export type Answer<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: WireError };

export type WireUser = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly avatarUrl?: string | null;
  readonly lastSeen?: string | null;
};

export type WireReaction = {
  readonly emoji: string;
  readonly count: number;
  readonly userIds: readonly string[];
};

export type WireMessage = {
  readonly id: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly version: number;
  readonly senderId: string;
  readonly receiverId?: string | null;
  readonly type: string;
  readonly content: string;
  readonly status: string;
  readonly replyToId: string | null;
  readonly threadId: string | null;
  readonly attachments: readonly unknown[];
  readonly metadata: {
    readonly mentions: readonly unknown[];
    readonly hashtags: readonly string[];
    readonly urls: readonly string[];
  };
  readonly reactions: readonly WireReaction[];
  readonly isEdited: boolean;
  readonly editedAt: string | null;
  readonly deletedAt: string | null;
  readonly isEncrypted: boolean;
  readonly encryptionKeyId: string | null;
  readonly clientTimestamp: string | null;
  readonly timestamp: string;
  readonly tempId?: string;
};

export type MessageSent = {
  readonly messageId: string;
  readonly dbMessageId: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly version: number;
  readonly timestamp: string;
  readonly duplicate?: boolean;
};

export type MessageEdited = {
  readonly id: string;
  readonly conversationId: string;
  readonly version: number;
  readonly content: string;
  readonly isEdited: boolean;
  readonly editedAt: string;
  readonly timestamp: string;
};

export type MessageDeleted = {
  readonly id: string;
  readonly conversationId: string;
  readonly version: number;
  readonly deletedAt: string;
  readonly content: string;
  readonly timestamp: string;
};

export type ReactionChanged = {
  readonly messageId: string;
  readonly conversationId: string;
  readonly version: number;
  readonly userId: string;
  readonly emoji: string;
  readonly count: number;
};

export type SyncedConversation = {
  readonly id: string;
  readonly version: number;
  readonly limited: boolean;
  readonly cursor?: number | string | null;
  readonly messages: readonly WireMessage[];
  readonly receipts: readonly Readonly<Record<string, unknown>>[];
};

export type SyncAnswer = {
  readonly conversations: readonly SyncedConversation[];
  readonly joined: readonly unknown[];
  readonly left: readonly unknown[];
};

export type HealthAnswer = {
  readonly status: string;
  readonly versions: Readonly<Record<string, number>>;
};

/** What a deleted message reads as, for everybody. */
export const DELETED_CONTENT = "This message has been deleted";
