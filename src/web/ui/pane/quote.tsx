import { useEffect, useState } from "react";
import { hueOf } from "../format/person.ts";
import { previewText } from "../list/preview-text.ts";
import { useChat, useClient } from "../shell/client-context.tsx";
import { requestJump } from "../shell/jumps.ts";
import type { Message } from "../shell/types.ts";
import styles from "./quote.module.css";

/** What a message answers; choosing it jumps there. */
export function Quote({ conversationId, messageId }: { conversationId: string; messageId: string }) {
  const client = useClient();
  // What was quoted may be changed or deleted meanwhile: it is looked up in what is held now.
  const held = useChat((state) =>
    state.conversations[conversationId]?.messages.find(({ id }) => id === messageId),
  );
  const [kept, setKept] = useState<Message | null>(null);
  const message = held ?? kept;
  useEffect(() => {
    if (!held) setKept(client.messages.find(conversationId, messageId));
  }, [client, conversationId, messageId, held]);
  const author = useChat((state) =>
    message?.senderId === state.self?.id
      ? "You"
      : (state.people[message?.senderId ?? ""]?.name ?? "Somebody"),
  );
  if (!message) return <span className={styles.quote}>An earlier message</span>;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.quote}
      style={{ "--hue": hueOf(message.senderId) } as React.CSSProperties}
      aria-label={`In reply to ${author}: ${previewText(message)}`}
      onClick={() => requestJump(conversationId, message.seq)}
    >
      <QuoteText author={author} text={previewText(message)} />
    </button>
  );
}

/** The two lines of a quote. */
export function QuoteText({ author, text }: { author: string; text: string }) {
  return (
    <>
      <span className={styles.author} dir="auto">
        {author}
      </span>
      <span className={styles.text} dir="auto">
        {text}
      </span>
    </>
  );
}
