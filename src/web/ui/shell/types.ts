/** The engine's types under one roof, for components. */

export type { Attachment } from "../../../protocol/attachment.ts";
export type { LinkPreview, Message } from "../../../protocol/message.ts";
export type { ChatClient, SearchHit, UploadedAttachment } from "../../engine/client.ts";
export type { ChatState, ConversationState, OutboxItem, Person } from "../../engine/state/chat-state.ts";
export type { ShownMessage, Timeline } from "../../engine/state/selectors.ts";
