import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { ChatClient } from "../../engine/client.ts";
import type { ChatState } from "../../engine/state/chat-state.ts";

const ClientContext = createContext<ChatClient | null>(null);

export const ClientProvider = ClientContext.Provider;

/** The engine. Its functions never change, so they need not be in any list of dependencies. */
export function useClient(): ChatClient {
  const client = useContext(ClientContext);
  if (!client) throw new Error("there is no ClientProvider above this component");
  return client;
}

/** A part of the state; renders anew when that part is another object. Selectors must return stable objects. */
export function useChat<T>(selector: (state: ChatState) => T): T {
  return useStore(useClient().store, selector);
}
