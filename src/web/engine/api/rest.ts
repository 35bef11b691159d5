/** The gateway's REST routes, as far as the screens wait for them. @throws ApiError, all of them. */
import type { Attachment, AttachmentLink } from "../../../protocol/attachment.ts";
import type {
  Conversation,
  ConversationPatch,
  NotificationSettings,
  Participant,
  ParticipantPatch,
} from "../../../protocol/conversation.ts";
import type { Message, MessageVersion } from "../../../protocol/message.ts";
import type { SearchHit } from "../../../protocol/search.ts";
import type { User } from "../../../protocol/user.ts";
import type { ClientConfig } from "../state/chat-state.ts";
import type { Credentials, Http, Reply, RequestOptions } from "./http.ts";
import { upload } from "./upload.ts";

export type Rest = ReturnType<typeof createRest>;

export function createRest(http: Http, credentials: Credentials) {
  const ask = <T>(method: string, path: string, options?: RequestOptions) =>
    http.signed<T>(credentials, method, path, options);
  const at = (id: string) => encodeURIComponent(id);
  const data = async <T>(reply: Promise<Reply<T>>) => (await reply).data;
  const members = (id: string) => `/conversations/${at(id)}/participants`;

  return {
    get: <T>(path: string, options?: RequestOptions) => ask<T>("GET", path, options),
    config: () => data(http.open<ClientConfig>("GET", "/client-config")),

    updateProfile: (patch: { name?: string; avatarUrl?: string | null }) =>
      data(ask<User>("PATCH", "/users/me", { body: patch })),
    notificationSettings: () => data(ask<NotificationSettings>("GET", "/users/me/notifications")),
    updateNotificationSettings: (body: NotificationSettings) =>
      data(ask<NotificationSettings>("PATCH", "/users/me/notifications", { body })),
    registerDevice: (body: { deviceToken: string; platform: "web"; deviceId: string; language: string }) =>
      data(ask<User>("POST", "/users/fcm/register", { body })),
    unregisterDevice: (deviceToken: string) =>
      data(ask<User>("POST", "/users/fcm/unregister", { body: { deviceToken } })),

    createConversation: (body: {
      type: "DIRECT" | "GROUP";
      name?: string;
      description?: string;
      participantIds: readonly string[];
    }) => data(ask<Conversation>("POST", "/conversations", { body })),
    updateConversation: (id: string, body: ConversationPatch) =>
      data(ask<Conversation>("PATCH", `/conversations/${at(id)}`, { body })),
    removeConversation: (id: string) => data(ask<undefined>("DELETE", `/conversations/${at(id)}`)),
    addParticipants: (id: string, participantIds: readonly string[]) =>
      data(ask<Participant[]>("POST", members(id), { body: { participantIds } })),
    updateParticipant: (id: string, userId: string, body: ParticipantPatch) =>
      data(ask<Participant>("PATCH", `${members(id)}/${at(userId)}`, { body })),
    removeParticipant: (id: string, userId: string) =>
      data(ask<undefined>("DELETE", `${members(id)}/${at(userId)}`)),

    versions: (messageId: string, options?: RequestOptions) =>
      data(ask<MessageVersion[]>("GET", `/messages/${at(messageId)}/history`, options)),
    forward: (messageId: string, conversationIds: readonly string[]) =>
      data(ask<Message[]>("POST", `/messages/${at(messageId)}/forward`, { body: { conversationIds } })),
    thread: (rootId: string, after: number, options?: RequestOptions) =>
      ask<Message[]>("GET", `/messages/${at(rootId)}/thread?limit=100&after=${after}`, options),

    searchMessages: (query: Record<string, string>, options?: RequestOptions) =>
      ask<SearchHit[]>("GET", `/messages/search?${new URLSearchParams(query)}`, options),
    searchPeople: (q: string, options?: RequestOptions) =>
      data(ask<User[]>("GET", `/users?${new URLSearchParams({ q, limit: "20" })}`, options)),

    upload: (
      file: Blob,
      name: string,
      options: { signal?: AbortSignal | undefined; onProgress?: (sent: number, total: number) => void },
    ): Promise<Attachment> => upload(http.url, credentials, file, name, options),
    attachment: (id: string, options?: RequestOptions) =>
      data(ask<AttachmentLink>("GET", `/attachments/${at(id)}`, options)),
  };
}
