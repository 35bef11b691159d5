import type { MessageSent, WireMessage } from "./wire.ts";

/** The row that a sender shows of its own message from the acknowledgement alone, before any SYNC brings it. */
export function ownMessage(
  senderId: string,
  sent: { readonly content: string; readonly tempId: string },
  answer: MessageSent,
): WireMessage {
  return {
    id: answer.dbMessageId,
    conversationId: answer.conversationId,
    seq: answer.seq,
    version: answer.version,
    senderId,
    type: "TEXT",
    content: sent.content,
    status: "SENT",
    replyToId: null,
    threadId: null,
    attachments: [],
    metadata: { mentions: [], hashtags: [], urls: [] },
    reactions: [],
    isEdited: false,
    editedAt: null,
    deletedAt: null,
    isEncrypted: false,
    encryptionKeyId: null,
    clientTimestamp: null,
    timestamp: answer.timestamp,
    tempId: sent.tempId,
  };
}
