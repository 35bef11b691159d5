import { type Actor, type Deliver, type Delivery, userRoom } from "../bus/delivery.ts";
import { ChatError } from "../protocol/errors.ts";
import type { Message, MessageSent, MessageUpdated, NewMessage } from "../protocol/message.ts";
import type { Sql } from "../store/client.ts";
import { noMetadata, toMessage } from "../store/message-rows.ts";
import { findMessage } from "../store/messages.ts";
import { patiently } from "../store/patience.ts";
import type { Draft, SendResult, Verdict } from "../store/send-messages.ts";
import type { Span, Traces } from "../telemetry/traces.ts";
import { audience } from "./audience.ts";
import { checkContent } from "./content.ts";
import type { Directs } from "./directs.ts";
import { fingerprint, messageId, newMessageId } from "./message-id.ts";
import { extractMetadata } from "./metadata.ts";
import type { SendWriter } from "./send-writer.ts";

export interface Sent {
  sent: MessageSent;
  message: Message;
  /** Of a message that is traced. */
  traceId?: string;
}

/**
 * Limits how much a user may send. Undefined: nothing to wait for, as when all limits are off.
 * @throws ChatError RATE_LIMIT_EXCEEDED
 */
export type MessageLimit = (userId: string, conversationId: string) => Promise<void> | undefined;

export interface SendDependencies {
  sql: Sql;
  writer: SendWriter;
  limit: MessageLimit;
  deliver: Deliver;
  directs: Directs;
  maxLength: number;
  /** Whether links are looked at, for previews. */
  previews?: boolean;
  /** Absent: no message is traced. */
  traces?: Pick<Traces, "open">;
}

/** The part of a send before it is written: cheap, and without waiting as a rule. */
export type Prepared = { draft: Draft } | Promise<{ draft: Draft }>;

export type MessageSender = ReturnType<typeof createMessageSender>;

/**
 * Sending: `prepare` checks and resolves, `commit` writes and tells the others. They are apart so that
 * a socket's sends can be kept in order while their preparations wait, and yet be written together.
 */
export function createMessageSender(deps: SendDependencies) {
  function withinLimits(actor: Actor, conversationId: string, input: NewMessage): Prepared {
    const waiting = deps.limit(actor.userId, conversationId);
    const draft = makeDraft(actor.userId, conversationId, input, deps.previews);
    return waiting ? waiting.then(() => ({ draft })) : { draft };
  }

  function prepare(actor: Actor, input: NewMessage): Prepared {
    check(input, deps.maxLength);
    if (input.conversationId !== undefined) return withinLimits(actor, input.conversationId, input);
    const receiverId = input.receiverId as string;
    const known = deps.directs.get(actor.userId, receiverId);
    if (known !== undefined) return withinLimits(actor, known, input);
    return deps.directs.ensure(actor.userId, receiverId).then((id) => withinLimits(actor, id, input));
  }

  /** @param arrivedAt ms since 1970, where the message's trace begins. */
  function commit(actor: Actor, draft: Draft, arrivedAt?: number): Promise<Sent> {
    const span = deps.traces?.open(draft.id, "NEW_MESSAGE", traceOf(draft), arrivedAt);
    return span ? traced(actor, draft, span) : write(actor, draft);
  }

  async function traced(actor: Actor, draft: Draft, span: Span): Promise<Sent> {
    try {
      const written = await write(actor, draft, span);
      span.set({ "nexus.seq": written.sent.seq });
      // A repeat is the same message, whose span was told already.
      if (!written.sent.duplicate) span.end();
      return { ...written, traceId: span.traceId };
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  async function write(actor: Actor, draft: Draft, span?: Span): Promise<Sent> {
    const result = await deps.writer.write(draft, span);
    refuse(result.verdict);
    if (result.verdict === "repeated") return repeated(actor, draft, result);
    // Without the answer to the attempt that wrote it, the row must tell what it has come to.
    const row = result.retold && (await patiently(() => findMessage(deps.sql, draft.id, actor.userId)));
    const { tempId: _, ...message } = row ? toMessage(row, row, actor.userId) : toSentMessage(draft, result);
    const room = userRoom(actor.userId);
    deps.deliver({
      event: "NEW_MESSAGE",
      payload: message,
      rooms: audience({ ...result, conversationId: draft.conversationId }),
      except: [room],
      echo: { room, except: actor.socketId, add: draft.tempId === null ? {} : { tempId: draft.tempId } },
      sentAt: result.sentAt.getTime(),
      ...(result.directLow === null && { membersVersion: result.membersVersion }),
      ...(span && { trace: span.traceparent }),
    });
    if (result.rootVersion != null) tellOfThread(draft, result, result.rootVersion);
    return {
      sent: toSent(draft, result, false),
      message: { ...message, ...(draft.tempId !== null && { tempId: draft.tempId }) },
    };
  }

  /** The thread's root has changed as well, by the version after the reply's. */
  function tellOfThread(draft: Draft, result: SendResult, version: number): void {
    const timestamp = result.sentAt.toISOString();
    const updated: MessageUpdated = {
      id: draft.threadId as string,
      conversationId: draft.conversationId,
      version,
      thread: { count: result.replies as number, lastSeq: result.seq, lastReplyAt: timestamp },
      timestamp,
    };
    const delivery: Delivery = {
      event: "MESSAGE_UPDATED",
      payload: updated,
      rooms: audience({ ...result, conversationId: draft.conversationId }),
      sentAt: result.sentAt.getTime(),
      ...(result.directLow === null && { membersVersion: result.membersVersion }),
    };
    // After the sender's acknowledgement, which holds the version before.
    setImmediate(() => deps.deliver(delivery));
  }

  async function repeated(actor: Actor, draft: Draft, result: SendResult): Promise<Sent> {
    const row = await patiently(() => findMessage(deps.sql, draft.id, actor.userId));
    if (!row) throw new ChatError("NOT_FOUND", "There is no such conversation", { field: "conversationId" });
    return { sent: toSent(draft, result, true), message: toMessage(row, row, actor.userId) };
  }

  return {
    prepare,
    commit,
    /**
     * Sends what another message says into other conversations, as the actor's own words of type FORWARD.
     * All targets or none is not promised: each is answered for itself, the first failure ends the call.
     */
    async forward(actor: Actor, source: string, conversationIds: readonly string[]): Promise<Message[]> {
      const row = await patiently(() => findMessage(deps.sql, source, actor.userId));
      if (!row || row.deletedAt) throw new ChatError("NOT_FOUND", "There is no such message");
      if (row.isEncrypted)
        throw new ChatError(
          "VALIDATION_FAILED",
          "An encrypted message can only be forwarded by a client that can read it",
        );
      const forwarded: Message[] = [];
      for (const conversationId of new Set(conversationIds)) {
        const input: NewMessage = {
          content: row.content,
          type: "TEXT",
          isEncrypted: false,
          conversationId,
          ...(row.attachments && { attachmentIds: row.attachments.map(({ id }) => id) }),
        };
        const { draft } = await withinLimits(actor, conversationId, input);
        forwarded.push((await commit(actor, { ...draft, type: "FORWARD" })).message);
      }
      return forwarded;
    },
  };
}

function traceOf(draft: Draft): Record<string, string> {
  return {
    "messaging.operation.type": "receive",
    "messaging.message.conversation_id": draft.conversationId,
    "nexus.message.type": draft.type,
  };
}

function check(input: NewMessage, maxLength: number): void {
  checkContent(input.content, maxLength, input.attachmentIds !== undefined && input.attachmentIds.length > 0);
  if (input.scheduledFor && Date.parse(input.scheduledFor) > Date.now())
    throw new ChatError(
      "VALIDATION_FAILED",
      "this server does not schedule messages yet: send it when it is due",
      {
        field: "scheduledFor",
      },
    );
}

function makeDraft(
  senderId: string,
  conversationId: string,
  input: NewMessage,
  previews: boolean | undefined,
): Draft {
  const encrypted = input.isEncrypted;
  const metadata = encrypted ? null : extractMetadata(input.content);
  const attachmentIds = input.attachmentIds?.length ? [...new Set(input.attachmentIds)] : undefined;
  return {
    id: input.tempId === undefined ? newMessageId() : messageId(senderId, input.tempId),
    conversationId,
    senderId,
    tempId: input.tempId ?? null,
    fingerprint: fingerprint([
      conversationId,
      input.type,
      input.content,
      input.replyToId,
      input.threadId,
      encrypted,
      // Only where there are some: what was sent before there were attachments keeps its fingerprint.
      ...(attachmentIds ? [attachmentIds] : []),
    ]),
    type: input.type,
    content: input.content,
    replyToId: input.replyToId ?? null,
    threadId: input.threadId ?? null,
    metadata,
    isEncrypted: encrypted,
    encryptionKeyId: input.encryptionKeyId ?? null,
    clientTimestamp: input.clientTimestamp ?? null,
    ...(attachmentIds && { attachmentIds }),
    ...(previews && metadata && metadata.urls.length > 0 && { lookAtLinks: true }),
  };
}

function refuse(verdict: Verdict): void {
  switch (verdict) {
    case "unknown_conversation":
      throw new ChatError("NOT_FOUND", "There is no such conversation", { field: "conversationId" });
    case "unknown_reply":
      throw new ChatError("NOT_FOUND", "The message replied to is not in this conversation", {
        field: "replyToId",
      });
    case "unknown_attachment":
      throw new ChatError("NOT_FOUND", "There is no such attachment", { field: "attachmentIds" });
    case "forbidden":
      throw new ChatError("FORBIDDEN", "You may not write in this conversation");
    case "conflict":
      throw new ChatError("CONFLICT", "This tempId was used for another message: take a new one", {
        field: "tempId",
      });
  }
}

function toSent(draft: Draft, result: SendResult, duplicate: boolean): MessageSent {
  return {
    messageId: draft.tempId ?? draft.id,
    dbMessageId: draft.id,
    conversationId: draft.conversationId,
    seq: result.seq,
    version: result.version,
    timestamp: result.sentAt.toISOString(),
    ...(duplicate && { duplicate: true }),
  };
}

// As toMessage(row) would say it of the row just written, without reading it back.
function toSentMessage(draft: Draft, result: SendResult): Message {
  return {
    id: draft.id,
    conversationId: draft.conversationId,
    seq: result.seq,
    version: result.version,
    senderId: draft.senderId,
    ...(result.directLow !== null && {
      receiverId: (result.directLow === draft.senderId ? result.directHigh : result.directLow) as string,
    }),
    type: draft.type,
    content: draft.content,
    status: "SENT",
    replyToId: draft.replyToId,
    threadId: draft.threadId,
    attachments: result.attachments ?? [],
    metadata: draft.metadata
      ? { ...draft.metadata, ...(result.mentioned && { mentioned: result.mentioned }) }
      : noMetadata,
    reactions: [],
    isEdited: false,
    editedAt: null,
    deletedAt: null,
    isEncrypted: draft.isEncrypted,
    encryptionKeyId: draft.encryptionKeyId,
    clientTimestamp: draft.clientTimestamp === null ? null : new Date(draft.clientTimestamp).toISOString(),
    timestamp: result.sentAt.toISOString(),
  };
}
