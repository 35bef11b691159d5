import { ArrowUp, Check, Paperclip, Smile } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { EmojiPicker } from "../dialogs/lazy.tsx";
import { openPopover, toast } from "../overlay/overlay-store.ts";
import { canEdit } from "../pane/message-actions.tsx";
import { usePane, usePaneStore } from "../pane/pane-store.ts";
import { referenceOf } from "../pane/reference-of.ts";
import { IconButton } from "../parts/button.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { requestJump } from "../shell/jumps.ts";
import styles from "./composer.module.css";
import { ComposerContext } from "./composer-context.tsx";
import { lastOwn } from "./last-own.ts";
import { MentionList } from "./mention-list.tsx";
import { UploadTray } from "./upload-tray.tsx";
import { useDraft } from "./use-draft.ts";
import { useMentions } from "./use-mentions.ts";
import { useUploads } from "./use-uploads.ts";

interface ComposerProps {
  conversationId: string;
  /** The root of the thread that is answered in. */
  threadId?: string | null;
}

const DEFAULT_MAX = 10_000;
const touch = window.matchMedia("(pointer: coarse)");

/** The line to write in: it grows, keeps what was begun, completes names, and takes files. */
export function Composer({ conversationId, threadId = null }: ComposerProps) {
  const client = useClient();
  const pane = usePaneStore();
  const replyTo = usePane((state) => state.replyTo);
  const editing = usePane((state) => state.editing);
  const max = useChat((state) => state.config?.maxMessageLength ?? DEFAULT_MAX);
  const attaches = useChat((state) => state.config?.maxFileSize !== 0);
  const input = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const uploads = useUploads();
  const [text, setText] = useDraft({ conversationId, threadId, editing });
  const mentions = useMentions({ conversationId, text, input, onComplete: replaceText });
  const [multiline, setMultiline] = useState(false);
  const tooLong = [...text].length > max;
  const failed = uploads.items.some(({ error }) => error !== null);
  const complete = !tooLong && (text.trim() !== "" || (uploads.items.length > 0 && !editing));
  const sendable = complete && (uploads.ready || editing !== null);
  // Sent by Enter while a file is still on its way: it goes when the file has arrived.
  const [waiting, setWaiting] = useState(false);

  // What one is about to do is done in this line: it gets the focus. Not at the start on a phone, where that opens the keyboard.
  useEffect(() => {
    if (replyTo || editing || !touch.matches) input.current?.focus();
  }, [replyTo, editing]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useEffect(() => {
    const line = input.current;
    if (!line) return;
    line.style.height = "auto";
    line.style.height = `${line.scrollHeight}px`;
    setMultiline(line.scrollHeight > 60);
  }, [text]);

  const dropped = usePane((state) => state.files);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when there are new ones
  useEffect(() => {
    if (dropped.length > 0) uploads.add(pane.getState().takeFiles());
  }, [dropped]);

  function replaceText(value: string, caret: number) {
    setText(value);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(caret, caret);
    });
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: `submit` is what it is when the last file has arrived
  useEffect(() => {
    if (!waiting) return;
    if (sendable) submit();
    if (sendable || failed || !complete) setWaiting(false);
  }, [waiting, sendable, failed, complete]);

  function submit() {
    if (!sendable) {
      setWaiting(complete && !failed);
      return;
    }
    const content = text.trim();
    if (editing) {
      if (content !== editing.message.content)
        client.messages.edit(conversationId, referenceOf(editing), content);
      pane.getState().edit(null);
      return;
    }
    client.messages.send(conversationId, {
      content,
      replyToId: replyTo?.message.id ?? null,
      threadId,
      attachments: uploads.take(),
    });
    setText("");
    pane.getState().reply(null);
    if (threadId === null) requestJump(conversationId, "end");
    input.current?.focus();
  }

  function insert(piece: string) {
    const { selectionStart = text.length, selectionEnd = text.length } = input.current ?? {};
    replaceText(
      text.slice(0, selectionStart) + piece + text.slice(selectionEnd),
      selectionStart + piece.length,
    );
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing) return;
    if (mentions.onKeyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !touch.matches) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && (replyTo || editing)) {
      event.preventDefault();
      pane.getState().reply(null);
    } else if (event.key === "ArrowUp" && text === "" && !editing) {
      const last = lastOwn(client.store.getState(), conversationId, threadId);
      if (!last || !canEdit({ client, pane, entry: last, own: true, inThread: threadId !== null })) return;
      event.preventDefault();
      pane.getState().edit(last);
    }
  }

  function onPaste(event: ClipboardEvent) {
    const pasted = [...event.clipboardData.files];
    if (pasted.length === 0) return;
    event.preventDefault();
    uploads.add(pasted);
  }

  return (
    <div className={styles.frame}>
      <form
        className={styles.composer}
        aria-label={editing ? "Change a message" : threadId ? "Write in the thread" : "Write a message"}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {mentions.open && <MentionList {...mentions.list} />}
        <ComposerContext />
        {!editing && <UploadTray uploads={uploads} />}
        <div className={styles.line} data-multiline={multiline ? "" : undefined}>
          {!editing && attaches && (
            <>
              <input
                ref={files}
                type="file"
                multiple
                hidden
                aria-hidden="true"
                tabIndex={-1}
                onChange={(event) => {
                  uploads.add([...(event.target.files ?? [])]);
                  event.target.value = "";
                }}
              />
              <IconButton
                icon={Paperclip}
                label="Attach files"
                tip="top"
                data-tip-side="start"
                onClick={() => files.current?.click()}
              />
            </>
          )}
          <textarea
            ref={input}
            className={styles.input}
            rows={1}
            value={text}
            placeholder={threadId ? "Reply in the thread" : "Message"}
            aria-label={editing ? "Changed message" : threadId ? "Reply in the thread" : "Message"}
            aria-invalid={tooLong || undefined}
            {...mentions.inputProps}
            onChange={(event) => {
              setText(event.target.value);
              mentions.follow(event.target.selectionStart);
              client.conversations.typing(conversationId, event.target.value !== "");
            }}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            onBlur={() => client.conversations.typing(conversationId, false)}
            dir="auto"
          />
          <IconButton
            icon={Smile}
            label="Emoji"
            tip="top"
            onClick={(event) =>
              openPopover({
                label: "Emoji",
                anchor: event.currentTarget,
                side: "top",
                content: (close) => (
                  <EmojiPicker
                    onPick={(emoji) => {
                      insert(emoji);
                      close();
                    }}
                  />
                ),
              })
            }
          />
          <IconButton
            icon={editing ? Check : ArrowUp}
            label={editing ? "Save" : "Send"}
            tip="none"
            look="primary"
            className={styles.send}
            // Not disabled: a button that vanishes from the order of keys while one types is a surprise.
            aria-disabled={!sendable || undefined}
            aria-busy={waiting || undefined}
            onClick={() => {
              if (tooLong) toast(`At most ${max} characters.`, { tone: "error" });
              else submit();
            }}
          />
        </div>
        {tooLong && (
          <p className={styles.limit} role="alert">
            {[...text].length - max} characters too many
          </p>
        )}
      </form>
    </div>
  );
}
