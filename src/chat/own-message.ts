import type { Message } from "../protocol/message.ts";
import type { Unsent } from "./state-file.ts";

/** One's own message as the acknowledgement makes it: shown at once, without asking the server for it. */
export function ownMessage(
  { content, tempId }: Unsent,
  senderId: string,
  made: Pick<Message, "id" | "conversationId" | "seq" | "version" | "timestamp">,
): Message {
  return {
    ...made,
    tempId,
    content,
    senderId,
    type: "TEXT",
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
  };
}
