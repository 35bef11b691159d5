import { useEffect, useState } from "react";
import { usePane, usePaneStore } from "../pane/pane-store.ts";
import { useClient } from "../shell/client-context.tsx";
import type { ShownMessage } from "../shell/types.ts";

interface DraftOptions {
  conversationId: string;
  threadId: string | null;
  editing: ShownMessage | null;
}

/**
 * The text in the line: the kept draft, or while a message is changed that message's. Changing it never touches the
 * draft, which is there again afterwards.
 */
export function useDraft({ conversationId, threadId, editing }: DraftOptions) {
  const client = useClient();
  const pane = usePaneStore();
  const key = threadId === null ? conversationId : `thread:${threadId}`;
  const [draft, setDraft] = useState(() => client.store.getState().drafts[key]?.text ?? "");
  const [changed, setChanged] = useState("");
  const replyToId = usePane((state) => state.replyTo?.message.id ?? null);

  useEffect(() => setChanged(editing?.message.content ?? ""), [editing]);

  // What was being answered comes back with the draft.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    const kept = client.store.getState().drafts[key];
    const message = kept?.replyToId && client.messages.find(conversationId, kept.replyToId);
    if (message) pane.getState().reply({ key: message.id, message, send: null, change: null });
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the draft's text is kept where it is changed
  useEffect(() => {
    if (draft !== "") client.conversations.setDraft(key, { text: draft, replyToId });
  }, [replyToId]);

  function setText(text: string): void {
    if (editing) {
      setChanged(text);
      return;
    }
    setDraft(text);
    client.conversations.setDraft(key, { text, replyToId: text === "" ? null : replyToId });
  }
  return [editing ? changed : draft, setText] as const;
}
