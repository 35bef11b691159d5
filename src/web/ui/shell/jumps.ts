/** "Show this message": asked for by search hits, quotes and addresses, done by the list that is open. */
import { create } from "zustand";

interface Jump {
  conversationId: string;
  /** A message's number, or the end. */
  to: number | "end";
  /** Each request is another one, also to the same message. */
  nonce: number;
}

export const useJumps = create<{ jump: Jump | null }>()(() => ({ jump: null }));

let nonce = 0;

export function requestJump(conversationId: string, to: number | "end"): void {
  useJumps.setState({ jump: { conversationId, to, nonce: ++nonce } });
}
