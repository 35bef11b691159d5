/** What is going on in one conversation's pane and concerns several of its parts; gone when it is left. */
import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { ShownMessage } from "../shell/types.ts";

export interface PaneState {
  conversationId: string;
  /** What the next message answers. */
  replyTo: ShownMessage | null;
  /** What the line to write in changes instead of writing anew. */
  editing: ShownMessage | null;
  /** Files that were dropped or pasted and that the composer has not taken yet. */
  files: readonly File[];
  /** The message that one has just jumped to. */
  flashed: string | null;
  reply(entry: ShownMessage | null): void;
  edit(entry: ShownMessage | null): void;
  addFiles(files: readonly File[]): void;
  takeFiles(): readonly File[];
  flash(key: string): void;
}

const FLASH_MS = 1800;

export function createPaneStore(conversationId: string): StoreApi<PaneState> {
  return createStore<PaneState>()((set, get) => ({
    conversationId,
    replyTo: null,
    editing: null,
    files: [],
    flashed: null,
    reply: (replyTo) => set({ replyTo, editing: null }),
    edit: (editing) => set({ editing, replyTo: null }),
    addFiles: (files) => set((state) => ({ files: [...state.files, ...files] })),
    takeFiles() {
      const { files } = get();
      if (files.length > 0) set({ files: [] });
      return files;
    },
    flash(key) {
      set({ flashed: key });
      setTimeout(() => get().flashed === key && set({ flashed: null }), FLASH_MS);
    },
  }));
}

const PaneContext = createContext<StoreApi<PaneState> | null>(null);

export const PaneProvider = PaneContext.Provider;

export function usePaneStore(): StoreApi<PaneState> {
  const store = useContext(PaneContext);
  if (!store) throw new Error("there is no PaneProvider above this component");
  return store;
}

export function usePane<T>(selector: (state: PaneState) => T): T {
  return useStore(usePaneStore(), selector);
}
