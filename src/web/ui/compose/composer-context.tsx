import { Pencil, Reply, X } from "lucide-react";
import { previewText } from "../list/preview-text.ts";
import { usePane, usePaneStore } from "../pane/pane-store.ts";
import { QuoteText } from "../pane/quote.tsx";
import { IconButton } from "../parts/button.tsx";
import { useChat } from "../shell/client-context.tsx";
import styles from "./composer-context.module.css";

/** What the next message answers, or which one is being changed. */
export function ComposerContext() {
  const pane = usePaneStore();
  const replyTo = usePane((state) => state.replyTo);
  const editing = usePane((state) => state.editing);
  const entry = editing ?? replyTo;
  const author = useChat((state) =>
    entry?.message.senderId === state.self?.id
      ? "yourself"
      : (state.people[entry?.message.senderId ?? ""]?.name ?? "somebody"),
  );
  if (!entry) return null;
  const Icon = editing ? Pencil : Reply;
  return (
    <div className={styles.context}>
      <Icon size={18} aria-hidden="true" />
      <div className={styles.words}>
        <QuoteText
          author={editing ? "Edit message" : `Reply to ${author}`}
          text={previewText(entry.message)}
        />
      </div>
      <IconButton
        icon={X}
        size={18}
        look="small"
        tip="none"
        label={editing ? "Leave it as it was" : "Do not reply"}
        onClick={() => pane.getState().reply(null)}
      />
    </div>
  );
}
