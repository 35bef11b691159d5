import type { StoreApi } from "zustand/vanilla";
import type { ChatClient, ShownMessage } from "../shell/types.ts";
import type { PaneState } from "./pane-store.ts";

/** What acting on a message takes. */
export interface MessageContext {
  client: ChatClient;
  pane: StoreApi<PaneState>;
  entry: ShownMessage;
  own: boolean;
  inThread: boolean;
}
