/**
 * Brings this tab to where the server is: the list and SYNC after every connect, SYNC alone for a gap. Live events
 * are the fast path; this is the truth.
 */
import type { ServerPayload } from "../../../protocol/server-events.ts";
import type { SyncResponse } from "../../../protocol/sync.ts";
import type { Reply } from "../api/http.ts";
import type { Link } from "../connection/link.ts";
import { isBehind } from "../state/advance.ts";
import type { ChatState } from "../state/chat-state.ts";
import type { Input, StoredConversation } from "../state/input.ts";
import { tellsFacts } from "../state/members.ts";
import { createSnapshots, REFRESH_AFTER } from "./snapshots.ts";

/** How long a change may be overtaken by later ones before it counts as lost, in ms. */
const GAP = 150;
/** New people are gathered for so long before it is asked whether they are there, in ms. */
const PRESENCE_AFTER = 100;
/** A SYNC request names at most so many. */
const MAX_NAMED = 2000;
/** More unknown conversations than this are read by the list. */
const ONE_BY_ONE = 5;

export interface CatchUpOptions {
  readonly state: () => ChatState;
  readonly dispatch: (input: Input) => void;
  readonly link: Link;
  readonly get: <T>(path: string) => Promise<Reply<T>>;
  readonly readMessages: (conversationId: string) => Promise<StoredConversation | null>;
  /** ms to wait after the nth failure */
  readonly pause: (failures: number) => number;
}

export type CatchUp = ReturnType<typeof createCatchUp>;

export function createCatchUp({ state, dispatch, link, get, readMessages, pause }: CatchUpOptions) {
  const hydrating = new Map<string, Promise<void>>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let syncing: Promise<void> | undefined;
  let again = false;
  let gap: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const met = new Set<string>();
  let presence: ReturnType<typeof setTimeout> | undefined;
  const snapshots = createSnapshots({
    dispatch,
    get,
    isUp: () => link.up,
    onRefreshed: (id) => examine(id, true),
  });
  const { list, refresh, refreshSoon } = snapshots;

  function hydrate(id: string): Promise<void> {
    const conversation = state().conversations[id];
    if (!conversation || conversation.hydrated) return Promise.resolve();
    const running =
      hydrating.get(id) ??
      readMessages(id)
        .catch(() => null)
        .then((stored) => {
          hydrating.delete(id);
          dispatch({ type: "hydrated", conversationId: id, stored });
          examine(id);
        });
    hydrating.set(id, running);
    return running;
  }

  function sync(): Promise<void> {
    again = true;
    syncing ??= run().finally(() => {
      syncing = undefined;
    });
    return syncing;
  }

  async function run(): Promise<void> {
    for (let failures = 0; again && link.up && !closed; ) {
      again = false;
      const versions = Object.values(state().conversations)
        .sort((a, b) => (a.lastActivityAt < b.lastActivityAt ? 1 : -1))
        .slice(0, MAX_NAMED)
        .map(({ id, version }) => [id, version] as const);
      const answer = await link.ask<SyncResponse>("SYNC", { conversations: Object.fromEntries(versions) });
      if (!answer?.ok) {
        again = true;
        failures += 1;
        if (link.up) await delay(Math.max(pause(failures), (answer?.error.retryAfter ?? 0) * 1000));
        continue;
      }
      failures = 0;
      await take(answer.data);
    }
  }

  async function take(answer: SyncResponse): Promise<void> {
    const known = state().conversations;
    await Promise.all(
      answer.conversations.filter(({ messages }) => messages.length > 0).map(({ id }) => hydrate(id)),
    );
    dispatch({ type: "synced", answer });
    if (answer.conversations.some(({ id, limited }) => limited && known[id])) again = true;
    const joined = answer.joined.filter((id) => !known[id]);
    if (joined.length > ONE_BY_ONE) await list(true).catch(() => {});
    else await Promise.all(joined.map((id) => refresh(id).catch(() => {})));
    for (const { id } of answer.conversations) examine(id);
  }

  /** Looks whether something must be asked for about a conversation, after something happened to it. */
  function examine(id: string, refreshed = false): void {
    const conversation = state().conversations[id];
    if (!conversation || closed) return;
    if (!conversation.hydrated && conversation.waiting.length > 0) void hydrate(id);
    else if (isBehind(conversation)) behind();
    else if (!conversation.unreadExact) refreshSoon(id, refreshed ? 5_000 : REFRESH_AFTER);
  }

  /** Who of one's contacts is there. Those of whom one hears later tell themselves. */
  async function askPresence(): Promise<void> {
    const answer = await link.ask<ServerPayload<"ONLINE_USERS">>("GET_ONLINE_USERS", {});
    if (answer?.ok) dispatch({ type: "online", users: answer.data.users });
  }

  function behind(): void {
    if (!link.up || closed) return;
    gap ??= setTimeout(() => {
      gap = undefined;
      if (Object.values(state().conversations).some(isBehind)) void sync();
    }, GAP);
  }

  function delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });
  }

  return {
    hydrate,
    refresh,
    sync,

    /** After a connect. Resolves when everything is here, or the connection is gone. */
    async catchUp(): Promise<void> {
      const first = Object.keys(state().conversations).length === 0;
      const listing = list(first).catch(() => {});
      // A new device begins with what the list says; SYNC would bring it whole histories.
      if (first) await listing;
      await sync();
      await listing;
      for (const [id, conversation] of Object.entries(state().conversations))
        if (isBehind(conversation) || !conversation.unreadExact) examine(id);
      await askPresence();
    },

    /** After an input was taken in: asks for what it shows to be missing. */
    after(input: Input): void {
      if (input.type === "versions") for (const id of Object.keys(input.versions)) unknownOr(id, input);
      else if (input.type === "acknowledged") examine(input.item.conversationId);
      else if (input.type === "event") afterEvent(input);
      else if (input.type === "listed") afterList(input);
    },

    close(): void {
      closed = true;
      clearTimeout(gap);
      clearTimeout(presence);
      snapshots.close();
      for (const timer of timers) clearTimeout(timer);
    },
  };

  /** Whether somebody new is there is told only when that changes: so it is asked. */
  function afterList({ conversations }: Input & { type: "listed" }): void {
    const before = met.size;
    for (const { participants } of conversations) for (const { userId } of participants) met.add(userId);
    if (met.size === before || closed) return;
    presence ??= setTimeout(() => {
      presence = undefined;
      void askPresence();
    }, PRESENCE_AFTER);
  }

  function unknownOr(id: string, input: Input): void {
    if (state().conversations[id]) examine(id);
    else if (input.type === "versions" || state().listReady) refreshSoon(id, 20);
  }

  function afterEvent(input: Input & { type: "event" }): void {
    const { conversationId } = (input.payload ?? {}) as { conversationId?: string };
    switch (input.event) {
      case "CONVERSATION_UPDATED":
        snapshots.heard(input);
        if (!tellsFacts(input.payload as ServerPayload<"CONVERSATION_UPDATED">) && conversationId)
          refreshSoon(conversationId);
        return;
      case "PARTICIPANT_ADDED":
      case "PARTICIPANT_REMOVED": {
        snapshots.heard(input);
        const { userId } = input.payload as { userId: string };
        // One's own removal has been taken in already.
        if (conversationId && !(input.event === "PARTICIPANT_REMOVED" && userId === state().self?.id))
          refreshSoon(conversationId);
        return;
      }
      default:
        if (conversationId && "version" in (input.payload as object)) unknownOr(conversationId, input);
    }
  }
}
