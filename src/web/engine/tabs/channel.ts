/** What the tabs of one browser tell one another. */
import type { Answer } from "../connection/link.ts";
import type { OutboxItem } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";

export type TabMessage =
  /** Something happened that all tabs take in. */
  | { readonly kind: "input"; readonly input: Input }
  /** To the leader: ask the gateway, and tell me. */
  | {
      readonly kind: "ask";
      readonly id: string;
      readonly event: string;
      readonly payload: unknown;
      readonly timeout?: number;
    }
  | { readonly kind: "answer"; readonly id: string; readonly answer: Answer | undefined }
  | { readonly kind: "tell"; readonly event: string; readonly payload: unknown }
  /** To the leader: the outbox has another one, or one that is to be tried again or forgotten. */
  | { readonly kind: "outbox"; readonly item: OutboxItem | null; readonly id: number }
  /** A tab that has just come asks how things are; the leader answers, and so shows that it lives. */
  | { readonly kind: "hello" }
  | { readonly kind: "leading"; readonly up: boolean }
  /** Somebody signed in or out: what is stored must be read anew. */
  | { readonly kind: "session" };

export interface Channel {
  post(message: TabMessage): void;
  close(): void;
}

/** Where there is no BroadcastChannel each tab is alone. */
export function openChannel(name: string, onMessage: (message: TabMessage) => void): Channel {
  if (typeof BroadcastChannel === "undefined") return { post() {}, close() {} };
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: { data: unknown }) => onMessage(data as TabMessage);
  // In Node an open channel would keep the process alive.
  (channel as { unref?: () => void }).unref?.();
  return {
    post: (message) => channel.postMessage(message),
    close() {
      channel.onmessage = null;
      channel.close();
    },
  };
}
