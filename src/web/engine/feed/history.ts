/** The window that this tab shows of a conversation, and paging at its edges. */
import type { Message } from "../../../protocol/message.ts";
import type { Reply } from "../api/http.ts";
import type { ChatState, ConversationState, ViewState } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";
import { rangeAt } from "../state/ranges.ts";
import { windowOf } from "../state/timeline.ts";

export const PAGE = 50;
/** A window with fewer messages is filled when it is opened. */
const ENOUGH = 30;

export interface HistoryOptions {
  readonly state: () => ChatState;
  readonly dispatch: (input: Input) => void;
  /** Tells all tabs: the leading one stores what is newest. */
  readonly share: (input: Input) => void;
  readonly get: <T>(path: string) => Promise<Reply<T>>;
  readonly hydrate: (conversationId: string) => Promise<void>;
}

export type History = ReturnType<typeof createHistory>;

export function createHistory({ state, dispatch, share, get, hydrate }: HistoryOptions) {
  function view(conversationId: string, change: Partial<ViewState>): void {
    dispatch({ type: "view", conversationId, view: change });
  }

  async function page(
    conversationId: string,
    query: { before?: number; after?: number },
    tell = dispatch,
  ): Promise<Message[]> {
    const parameters = new URLSearchParams({ limit: String(PAGE) });
    for (const [name, seq] of Object.entries(query)) parameters.set(name, String(seq));
    const { data } = await get<Message[]>(
      `/messages/conversation/${encodeURIComponent(conversationId)}?${parameters}`,
    );
    // Fewer than asked for, looking back: there is nothing before.
    const start = query.after === undefined && data.length < PAGE;
    tell({ type: "paged", conversationId, messages: data, start });
    return data;
  }

  /** Says that it loads, loads, and says how it went. Never rejects; does nothing while another load is under way. */
  async function loading(
    conversationId: string,
    what: ViewState["loading"],
    load: () => Promise<unknown>,
  ): Promise<void> {
    const now = state().views[conversationId];
    if (now?.loading !== "none") return;
    view(conversationId, { loading: what, error: null });
    const error = await load().then(
      () => null,
      (reason: Error) => reason.message,
    );
    if (state().views[conversationId]) view(conversationId, { loading: "none", error });
  }

  function conversationOf(id: string): ConversationState | undefined {
    return state().conversations[id];
  }

  /** Loads the newest messages where too few of them are held. */
  async function fillEnd(id: string): Promise<void> {
    const conversation = conversationOf(id);
    if (!conversation || conversation.seq === 0) return;
    const window = windowOf(conversation, "end");
    if (window && window[1] - window[0] + 1 >= ENOUGH) return;
    if (window && (window[0] === 1 || (conversation.firstSeq !== null && window[0] <= conversation.firstSeq)))
      return;
    await loading(id, window && window[1] > window[0] ? "older" : "first", () =>
      page(id, window ? { before: window[0] } : {}, share),
    );
  }

  return {
    async open(id: string): Promise<void> {
      await hydrate(id);
      const conversation = conversationOf(id);
      if (!conversation) return;
      if (!state().views[id])
        view(id, { anchor: "end", unreadFrom: unreadFrom(conversation, state().self?.id ?? "") });
      void fillEnd(id);
    },

    fillEnd,

    leaveView(id: string): void {
      dispatch({ type: "view", conversationId: id, view: null });
      dispatch({ type: "trimmed", conversationId: id });
    },

    async loadOlder(id: string): Promise<void> {
      const conversation = conversationOf(id);
      const window = conversation && windowOf(conversation, state().views[id]?.anchor ?? "end");
      if (!conversation || !window) return fillEnd(id);
      if (window[0] === 1 || (conversation.firstSeq !== null && window[0] <= conversation.firstSeq)) return;
      await loading(id, "older", () => page(id, { before: window[0] }));
    },

    async loadNewer(id: string): Promise<void> {
      const conversation = conversationOf(id);
      const window = conversation && windowOf(conversation, state().views[id]?.anchor ?? "end");
      if (!conversation || !window || window[1] >= conversation.seq) return;
      await loading(id, "newer", () => page(id, { after: window[1] }));
    },

    async jumpTo(id: string, seq: number): Promise<boolean> {
      await hydrate(id);
      const conversation = conversationOf(id);
      if (!conversation || seq < 1 || seq > conversation.seq) return false;
      if (!rangeAt(conversation.ranges, seq)) {
        if (!state().views[id]) view(id, {});
        // Some before it and some after it in one page.
        await loading(id, "jump", () => page(id, { after: Math.max(0, seq - PAGE / 2) }));
      }
      if (!rangeAt(conversationOf(id)?.ranges ?? [], seq)) return false;
      view(id, { anchor: seq });
      return true;
    },

    async jumpToEnd(id: string): Promise<void> {
      view(id, { anchor: "end" });
      await fillEnd(id);
    },
  };
}

/** Where the unread messages begin: the first of others' beyond the pointer. */
function unreadFrom(conversation: ConversationState, self: string): number | null {
  const { unreadCount, readSeq, seq, messages } = conversation;
  if (unreadCount === 0) return null;
  const first = messages.find((message) => message.seq > readSeq && message.senderId !== self);
  // In large groups it is not known how far oneself has read.
  return readSeq === 0 && unreadCount < seq ? seq - unreadCount + 1 : (first?.seq ?? readSeq + 1);
}
