/** One small handler for each client event: a call into the domain and its answer. */
import type { Actor } from "../../bus/delivery.ts";
import {
  type ChangeDependencies,
  deleteMessage,
  editMessage,
  react,
} from "../../messaging/change-message.ts";
import type { ConversationLookup } from "../../messaging/conversation-lookup.ts";
import type { Pointers } from "../../messaging/pointers.ts";
import type { MessageSender } from "../../messaging/send-message.ts";
import { sync } from "../../messaging/sync.ts";
import type { Answer, ClientEventName, HealthResponse, Payload } from "../../protocol/client-events.ts";
import type { Reader } from "../../store/replica-reads.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { Confirmations } from "./confirmations.ts";
import { inOrder } from "./in-order.ts";
import type { ChatSocket } from "./types.ts";

export interface HandlerDependencies {
  reader: Reader;
  sender: MessageSender;
  changes: ChangeDependencies;
  pointers: Pointers;
  conversations: ConversationLookup;
  typing: {
    start(userId: string, conversationId: string): void;
    stop(userId: string, conversationId: string): void;
  };
  online(callerId: string, userIds: readonly string[] | undefined): Promise<Answer<"GET_ONLINE_USERS">>;
  health(userId: string): Promise<HealthResponse>;
  confirmations: Pick<Confirmations, "confirmed">;
  metrics: Pick<Metrics, "messageAcknowledged" | "synced" | "gapsFound">;
}

type Handler<E extends ClientEventName> = (
  deps: HandlerDependencies,
  socket: ChatSocket,
  payload: Payload<E>,
) => Promise<Answer<E>>;

export const handlers: { [E in ClientEventName]: Handler<E> } = {
  async NEW_MESSAGE(deps, socket, payload) {
    const start = Date.now();
    const actor = actorOf(socket);
    const began = performance.now();
    const { draft } = await inOrder(socket.data, () => deps.sender.prepare(actor, payload));
    const { sent, traceId } = await deps.sender.commit(actor, draft, start);
    deps.typing.stop(actor.userId, sent.conversationId);
    const seconds = (performance.now() - began) / 1000;
    deps.metrics.messageAcknowledged(sent.duplicate ? "duplicate" : "sent", "socket", seconds, traceId);
    return sent;
  },
  async MESSAGE_DELIVERED(deps, socket, { conversationId, seq }) {
    deps.pointers.delivered(socket.data.userId, conversationId, seq);
    deps.confirmations.confirmed(conversationId, seq);
    return {};
  },
  MESSAGE_READ: (deps, socket, payload) => deps.pointers.read(actorOf(socket), payload),
  EDIT_MESSAGE: (deps, socket, payload) => editMessage(deps.changes, actorOf(socket), payload),
  DELETE_MESSAGE: (deps, socket, payload) => deleteMessage(deps.changes, actorOf(socket), payload),
  ADD_REACTION: (deps, socket, payload) => react(deps.changes, actorOf(socket), payload, true),
  REMOVE_REACTION: (deps, socket, payload) => react(deps.changes, actorOf(socket), payload, false),
  async TYPING_START(deps, socket, target) {
    const access = await deps.conversations.find(socket.data.userId, target);
    if (access.settings.typingIndicators !== false) deps.typing.start(socket.data.userId, access.id);
    return {};
  },
  async TYPING_STOP(deps, socket, target) {
    const access = await deps.conversations.find(socket.data.userId, target);
    deps.typing.stop(socket.data.userId, access.id);
    return {};
  },
  GET_ONLINE_USERS: (deps, socket, { userIds }) => deps.online(socket.data.userId, userIds),
  async SYNC(deps, socket, request) {
    const answer = await deps.reader.read("sync", (sql) => sync({ sql }, socket.data.userId, request));
    const rows = answer.conversations.reduce((sum, { messages }) => sum + messages.length, 0);
    const limited = answer.conversations.some((conversation) => conversation.limited);
    deps.metrics.synced(rows, limited);
    // The first catches up with what was missed while away, and so do its further pages; later ones find gaps.
    if (socket.data.caughtUp)
      deps.metrics.gapsFound(
        answer.conversations.filter(
          ({ id, messages }) => messages.length > 0 && request.conversations[id] !== undefined,
        ).length,
      );
    else socket.data.caughtUp = !limited;
    return answer;
  },
  HEALTH_CHECK: (deps, socket) => deps.health(socket.data.userId),
};

function actorOf(socket: ChatSocket): Actor {
  return { userId: socket.data.userId, socketId: socket.id };
}
