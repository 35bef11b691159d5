/**
 * The state after an input. Pure, and nothing else changes the state: "a snapshot and the events since" is the same
 * as "a fresh snapshot", in whatever order and however often events come (reduce.test.ts).
 */
import type { ParticipantEvent } from "../../../protocol/conversation.ts";
import type { DeliveredUpdate, Message, ReadUpdate } from "../../../protocol/message.ts";
import type { ConversationUpdated, ServerPayload } from "../../../protocol/server-events.ts";
import type { Presence } from "../../../protocol/user.ts";
import { mergeDelta, notice } from "./advance.ts";
import { noticedIn } from "./change.ts";
import { type ChatState, initialState } from "./chat-state.ts";
import { changed, hydrated, paged, trimmed, without } from "./conversations.ts";
import type { Input } from "./input.ts";
import { withMember, withoutMember, withUpdate } from "./members.ts";
import { changedItem, changeOfAnswer, withItem, withoutItem } from "./outbox-state.ts";
import { withPeopleOf } from "./people.ts";
import { withDelivered, withRead } from "./pointers.ts";
import { withOnline, withPresence, withTyping } from "./presence.ts";
import { mergeSnapshot } from "./snapshot.ts";
import { readUpTo } from "./unread.ts";

export function reduce(state: ChatState, input: Input): ChatState {
  const self = state.self?.id ?? "";
  switch (input.type) {
    case "event":
      return afterEvent(state, input.event, input.payload);
    case "synced": {
      let next = state;
      for (const delta of input.answer.conversations)
        next = changed(next, delta.id, (conversation) => mergeDelta(conversation, delta, self));
      for (const id of input.answer.left) next = without(next, id);
      return next;
    }
    case "listed": {
      const conversations = { ...state.conversations };
      for (const snapshot of input.conversations)
        conversations[snapshot.id] = mergeSnapshot(conversations[snapshot.id], snapshot, self);
      const next = { ...withPeopleOf(state, input.conversations), conversations };
      return input.complete ? { ...next, listReady: true } : next;
    }
    case "versions": {
      let next = state;
      for (const [id, version] of Object.entries(input.versions))
        next = changed(next, id, (conversation) => notice(conversation, { version }, self));
      return next;
    }
    case "paged":
      return changed(state, input.conversationId, (conversation) => paged(conversation, input, self));
    case "hydrated":
      return changed(state, input.conversationId, (conversation) =>
        hydrated(conversation, input.stored, self),
      );
    case "trimmed":
      return changed(state, input.conversationId, trimmed);
    case "left":
      return without(state, input.conversationId);
    case "readHere":
      return changed(state, input.conversationId, (conversation) => readUpTo(conversation, input.seq, self));
    case "acknowledged": {
      const { item, answer } = input;
      const { version } = answer as { version?: number };
      const shown = changedItem(state, item);
      if (version === undefined) return withoutItem(shown, item.id);
      const change = changeOfAnswer(item, answer, self);
      return changed(shown, item.conversationId, (conversation) =>
        notice(conversation, { version, ...(change && { change }) }, self),
      );
    }
    default:
      return afterOther(state, input);
  }
}

function afterEvent(state: ChatState, event: string, payload: unknown): ChatState {
  const self = state.self?.id ?? "";
  const noticed = noticedIn(event, payload);
  if (noticed) {
    const next = changed(state, noticed.conversationId, (conversation) =>
      notice(conversation, noticed, self),
    );
    if (event !== "NEW_MESSAGE") return next;
    const { conversationId, senderId: userId } = payload as Message;
    return withTyping(next, { conversationId, userId, isTyping: false });
  }
  switch (event) {
    case "MESSAGE_DELIVERED_UPDATE": {
      const update = payload as DeliveredUpdate;
      return changed(state, update.conversationId, (conversation) => withDelivered(conversation, update));
    }
    case "MESSAGE_READ_UPDATE": {
      const update = payload as ReadUpdate;
      return changed(state, update.conversationId, (conversation) => withRead(conversation, update, self));
    }
    case "USER_TYPING":
      return withTyping(state, payload as ServerPayload<"USER_TYPING">);
    case "USER_PRESENCE_UPDATE":
    case "USER_ONLINE":
    case "USER_OFFLINE":
      return withPresence(state, payload as Presence);
    case "CONVERSATION_UPDATED": {
      const update = payload as ConversationUpdated;
      if (update.status === "DELETED") return without(state, update.conversationId);
      return changed(state, update.conversationId, (conversation) => withUpdate(conversation, update));
    }
    case "PARTICIPANT_ADDED": {
      const member = payload as ParticipantEvent;
      return changed(state, member.conversationId, (conversation) => withMember(conversation, member));
    }
    case "PARTICIPANT_REMOVED": {
      const member = payload as ParticipantEvent;
      if (member.userId === self) return without(state, member.conversationId);
      return changed(state, member.conversationId, (conversation) => withoutMember(conversation, member));
    }
    default:
      return state;
  }
}

type Other = Exclude<
  Input,
  {
    type:
      | "event"
      | "synced"
      | "listed"
      | "versions"
      | "paged"
      | "hydrated"
      | "trimmed"
      | "left"
      | "readHere"
      | "acknowledged";
  }
>;

function afterOther(state: ChatState, input: Other): ChatState {
  switch (input.type) {
    case "restored": {
      const { self, outbox, drafts } = input;
      return {
        ...initialState,
        config: state.config,
        connection: state.connection,
        self,
        outbox,
        drafts,
        phase: self ? "signed-in" : "signed-out",
        conversations: Object.fromEntries(
          input.conversations.map((conversation) => [conversation.id, conversation]),
        ),
        people: Object.fromEntries(input.people.map((person) => [person.id, person])),
        listReady: input.conversations.length > 0,
      };
    }
    case "signedOut":
      return {
        ...initialState,
        config: state.config,
        phase: "signed-out",
        connection: { status: "offline", notice: input.notice },
      };
    case "profile": {
      const { id, name, avatarUrl = null } = input.self;
      return { ...state, self: input.self, people: { ...state.people, [id]: { id, name, avatarUrl } } };
    }
    case "connection":
      return { ...state, connection: { ...state.connection, ...input.connection } };
    case "config":
      return { ...state, config: input.config };
    case "online":
      return withOnline(state, input.users);
    case "typingEnded":
      return withTyping(state, { ...input, isTyping: false });
    case "people":
      return {
        ...state,
        people: { ...state.people, ...Object.fromEntries(input.people.map((person) => [person.id, person])) },
      };
    case "queued":
      return withItem(state, input.item);
    case "itemChanged":
      return changedItem(state, input.item);
    case "itemGone":
      return withoutItem(state, input.id);
    case "draft": {
      const { [input.key]: _, ...others } = state.drafts;
      return { ...state, drafts: input.draft ? { ...others, [input.key]: input.draft } : others };
    }
    case "view": {
      const { [input.conversationId]: before, ...others } = state.views;
      if (!input.view) return before ? { ...state, views: others } : state;
      const blank = { anchor: "end", loading: "none", error: null, unreadFrom: null } as const;
      return {
        ...state,
        views: { ...others, [input.conversationId]: { ...blank, ...before, ...input.view } },
      };
    }
  }
}
