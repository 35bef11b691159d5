/** The messages that a pane shows: what is held, with what the outbox holds laid over. Pure, and stable. */
import type { Message } from "../../../protocol/message.ts";
import type { ChatState, ConversationState, OutboxItem, Range, ViewState } from "./chat-state.ts";
import { isTarget, messageOf, overlaid } from "./outbox-state.ts";
import { rangeAt } from "./ranges.ts";

/** A message as it is to be shown: what the user has done to it and the server has not confirmed is in it already. */
export interface ShownMessage {
  /** The same before and after the acknowledgement: tempId where there is one, else id. */
  readonly key: string;
  readonly message: Message;
  /** The send, while its row is not here; before it is acknowledged `message.seq` is 0 and `message.id` the tempId. */
  readonly send: OutboxItem | null;
  /** The last edit, deletion or reaction that waits or has failed. */
  readonly change: OutboxItem | null;
}

export interface Timeline {
  readonly entries: readonly ShownMessage[];
  /** Nothing older, or newer, than the window exists. */
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

const nothing: Timeline = { entries: [], atStart: true, atEnd: true };

interface Remembered {
  readonly messages: readonly Message[];
  readonly ranges: readonly Range[];
  readonly firstSeq: number | null;
  readonly outbox: readonly OutboxItem[];
  readonly anchor: ViewState["anchor"];
  readonly timeline: Timeline;
}

// By the state's conversation map's ids: a pane or two at a time.
const remembered = new Map<string, Remembered>();
const MAX_REMEMBERED = 20;

/** The window of a conversation that its `ViewState.anchor` is in, oldest first. */
export function selectTimeline(state: ChatState, conversationId: string): Timeline {
  const conversation = state.conversations[conversationId];
  if (!conversation) return nothing;
  const { messages, ranges, firstSeq } = conversation;
  const anchor = state.views[conversationId]?.anchor ?? "end";
  const before = remembered.get(conversationId);
  const outbox = sameItems(before?.outbox, state.outbox, conversationId);
  if (
    before &&
    before.messages === messages &&
    before.ranges === ranges &&
    before.firstSeq === firstSeq &&
    before.outbox === outbox &&
    before.anchor === anchor
  )
    return before.timeline;
  const timeline = timelineOf(
    before?.timeline.entries ?? [],
    conversation,
    outbox,
    anchor,
    state.self?.id ?? "",
  );
  remembered.delete(conversationId);
  remembered.set(conversationId, { messages, ranges, firstSeq, outbox, anchor, timeline });
  for (const oldest of remembered.keys()) {
    if (remembered.size <= MAX_REMEMBERED) break;
    remembered.delete(oldest);
  }
  return timeline;
}

/** The seqs that a view shows: those around its anchor, or the newest. */
export function windowOf(
  { ranges, seq }: Pick<ConversationState, "ranges" | "seq">,
  anchor: ViewState["anchor"],
): Range | undefined {
  if (anchor !== "end") return rangeAt(ranges, anchor) ?? ranges.at(-1);
  const last = ranges.at(-1);
  return last && last[1] >= seq ? last : undefined;
}

/** @param before the entries that were shown last: those that are the same stay the same objects. */
function timelineOf(
  before: readonly ShownMessage[],
  conversation: ConversationState,
  outbox: readonly OutboxItem[],
  anchor: ViewState["anchor"],
  self: string,
): Timeline {
  const { messages, ranges, firstSeq, seq } = conversation;
  const window = windowOf(conversation, anchor);
  const last = ranges.at(-1);
  const atEnd = !window || (window === last && window[1] >= seq);
  const shown = window ? between(messages, window) : [];
  const changes = outbox.filter(({ kind }) => kind === "edit" || kind === "delete" || kind === "react");
  const entries = changes.length === 0 ? reusing(before, shown) : shown.map((m) => shownOf(m, changes, self));
  if (atEnd) for (const item of outbox) if (item.kind === "send") entries.push(unsentOf(item, changes, self));
  const atStart = window ? firstSeq !== null && window[0] <= firstSeq : seq === 0;
  return { entries, atStart: atStart || window?.[0] === 1, atEnd };
}

/** The messages of a window; as a rule all that is held. */
function between(messages: readonly Message[], [from, to]: Range): readonly Message[] {
  if (messages[0]?.seq === from && messages.at(-1)?.seq === to) return messages;
  const start = messages.findIndex(({ seq }) => seq >= from);
  return messages.slice(start, messages.findLastIndex(({ seq }) => seq <= to) + 1);
}

/** Entries for messages that nothing is laid over; those of before where the message is the same, found in one walk. */
function reusing(before: readonly ShownMessage[], messages: readonly Message[]): ShownMessage[] {
  let at = 0;
  return messages.map((message) => {
    let old = before[at];
    while (old && old.send === null && old.message.seq < message.seq) {
      at += 1;
      old = before[at];
    }
    return old?.message === message && old.change === null ? old : plainOf(message);
  });
}

const plain = new WeakMap<Message, ShownMessage>();

function plainOf(message: Message): ShownMessage {
  const known = plain.get(message);
  if (known) return known;
  const made = { key: message.tempId ?? message.id, message, send: null, change: null };
  plain.set(message, made);
  return made;
}

function shownOf(message: Message, changes: readonly OutboxItem[], self: string): ShownMessage {
  const laid = withChanges(message, changes, self);
  return laid.change === null ? plainOf(message) : { key: message.tempId ?? message.id, ...laid, send: null };
}

const unsent = new WeakMap<OutboxItem, ShownMessage>();

function unsentOf(
  item: OutboxItem & { kind: "send" },
  changes: readonly OutboxItem[],
  self: string,
): ShownMessage {
  const known = unsent.get(item);
  const { message, change } = withChanges(known?.message ?? messageOf(item, self), changes, self);
  if (known && change === null) return known;
  const made = { key: item.tempId, message, send: item, change };
  if (change === null) unsent.set(item, made);
  return made;
}

function withChanges(
  message: Message,
  changes: readonly OutboxItem[],
  self: string,
): { message: Message; change: OutboxItem | null } {
  let after = message;
  let change: OutboxItem | null = null;
  for (const item of changes) {
    if (!("target" in item) || !isTarget(item.target, message)) continue;
    after = overlaid(after, item, self);
    change = item;
  }
  return { message: after, change };
}

/** The conversation's items; the same array as before where they are the same. */
function sameItems(
  before: readonly OutboxItem[] | undefined,
  outbox: readonly OutboxItem[],
  conversationId: string,
): readonly OutboxItem[] {
  const items = outbox.filter((item) => item.conversationId === conversationId && item.kind !== "read");
  if (items.length === 0) return none;
  return before && before.length === items.length && before.every((item, at) => item === items[at])
    ? before
    : items;
}

const none: readonly OutboxItem[] = [];

/** A thread: its root, if that is held, and the held replies, oldest first, then the unsent ones. */
export function selectThread(
  state: ChatState,
  conversationId: string,
  rootId: string,
): readonly ShownMessage[] {
  const conversation = state.conversations[conversationId];
  if (!conversation) return [];
  const outbox = sameItems(threads?.outbox, state.outbox, conversationId);
  if (
    threads &&
    threads.messages === conversation.messages &&
    threads.outbox === outbox &&
    threads.rootId === rootId
  )
    return threads.shown;
  const self = state.self?.id ?? "";
  const changes = outbox.filter((item) => "target" in item);
  const shown = conversation.messages
    .filter((message) => message.id === rootId || message.threadId === rootId)
    .map((message) => shownOf(message, changes, self));
  for (const item of outbox)
    if (item.kind === "send" && item.threadId === rootId) {
      shown.push(unsentOf(item, changes, self));
    }
  threads = { messages: conversation.messages, outbox, rootId, shown };
  return shown;
}

let threads:
  | {
      messages: readonly Message[];
      outbox: readonly OutboxItem[];
      rootId: string;
      shown: readonly ShownMessage[];
    }
  | undefined;
