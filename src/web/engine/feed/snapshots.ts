/** Conversations as REST tells them: the list, and single ones. */
import type { Conversation } from "../../../protocol/conversation.ts";
import type { Reply } from "../api/http.ts";
import type { Input } from "../state/input.ts";

/** Refreshes of one conversation are gathered for so long, in ms: a hundred new members are one look. */
export const REFRESH_AFTER = 400;
/** Of new devices with very long lists the rest comes when it changes. */
const MAX_PAGES = 20;

export interface SnapshotOptions {
  readonly dispatch: (input: Input) => void;
  readonly get: <T>(path: string) => Promise<Reply<T>>;
  readonly isUp: () => boolean;
  /** One was read anew. */
  readonly onRefreshed: (id: string) => void;
}

export type Snapshots = ReturnType<typeof createSnapshots>;

export function createSnapshots({ dispatch, get, isUp, onRefreshed }: SnapshotOptions) {
  const fetching = new Map<string, Promise<void>>();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Events about names and members since the list was asked for: it may have been read before them. */
  let meanwhile: Input[] | undefined;
  let closed = false;

  /** One conversation anew; one that cannot be seen is dropped. Rejects when the server cannot be asked. */
  function refresh(id: string): Promise<void> {
    const running =
      fetching.get(id) ??
      get<Conversation>(`/conversations/${encodeURIComponent(id)}`)
        .then(({ data }) => {
          dispatch({ type: "listed", conversations: [data], complete: false });
          onRefreshed(id);
        })
        .catch((error: { code?: string }) => {
          if (error.code !== "NOT_FOUND") throw error;
          dispatch({ type: "left", conversationId: id });
        })
        .finally(() => fetching.delete(id));
    fetching.set(id, running);
    return running;
  }

  return {
    refresh,

    refreshSoon(id: string, after = REFRESH_AFTER): void {
      if (timers.has(id) || closed) return;
      const timer = setTimeout(
        () => {
          timers.delete(id);
          if (isUp()) refresh(id).catch(() => {});
        },
        after * (1 + Math.random()),
      );
      timers.set(id, timer);
    },

    /** The list: its first page, or all of it. Rejects when the server cannot be asked. */
    async list(all: boolean): Promise<void> {
      const told: Input[] = [];
      meanwhile = told;
      try {
        let path: string | null = "/conversations?limit=100";
        for (let page = 0; path && page < (all ? MAX_PAGES : 1); page++) {
          const reply: Reply<Conversation[]> = await get<Conversation[]>(path);
          path = reply.next;
          dispatch({ type: "listed", conversations: reply.data, complete: false });
        }
        dispatch({ type: "listed", conversations: [], complete: true });
        for (const input of told) dispatch(input);
      } finally {
        if (meanwhile === told) meanwhile = undefined;
      }
    },

    /** An event that takes no version was taken in; a list that is on its way may not know of it. */
    heard(input: Input): void {
      meanwhile?.push(input);
    },

    close(): void {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
