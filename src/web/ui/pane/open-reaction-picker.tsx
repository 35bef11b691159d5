import { EmojiPicker } from "../dialogs/lazy.tsx";
import { openPopover } from "../overlay/overlay-store.ts";
import type { MessageContext } from "./message-context.ts";
import { toggleReaction } from "./react-to.ts";

/** The whole emoji picker, at the element. */
export function openReactionPicker({ client, entry }: MessageContext, anchor: HTMLElement): void {
  openPopover({
    label: "Choose a reaction",
    anchor,
    side: "top",
    content: (close) => (
      <EmojiPicker
        onPick={(emoji) => {
          toggleReaction(client, entry, emoji);
          close();
        }}
      />
    ),
  });
}
