import {
  Copy,
  Forward,
  History as HistoryIcon,
  MessagesSquare,
  Pencil,
  Reply,
  SmilePlus,
  Trash2,
} from "lucide-react";
import { History } from "../dialogs/lazy.tsx";
import { type Anchor, openDialog, openMenu } from "../overlay/overlay-store.ts";
import {
  askDelete,
  canDelete,
  canEdit,
  copyText,
  openables,
  openForward,
  openThread,
} from "./message-actions.tsx";
import type { MessageContext } from "./message-context.ts";
import { openReactionPicker } from "./open-reaction-picker.tsx";
import { quickEmoji, selfReacted, toggleReaction } from "./react-to.ts";

/** All that can be done with a message. */
export function openMessageMenu(context: MessageContext, anchor: Anchor): void {
  const { entry, pane, inThread } = context;
  const { message } = entry;
  const there = !message.deletedAt && message.seq > 0;
  const from = anchor instanceof HTMLElement ? anchor : anchor.from;
  const row = from?.closest<HTMLElement>("[data-message]") ?? from;
  openMenu({
    label: "Message actions",
    anchor,
    ...(there && { quick: quickReactions(context) }),
    groups: [
      message.deletedAt ? [] : openables(context),
      [
        ...(there
          ? [
              { label: "Reply", icon: Reply, hint: "R", onSelect: () => pane.getState().reply(entry) },
              ...(inThread || message.threadId !== null
                ? []
                : [
                    {
                      label: "Reply in thread",
                      icon: MessagesSquare,
                      hint: "T",
                      onSelect: () => openThread(context),
                    },
                  ]),
              {
                label: "React…",
                icon: SmilePlus,
                onSelect: () => {
                  const at = row;
                  if (at) setTimeout(() => openReactionPicker(context, at));
                },
              },
              { label: "Forward", icon: Forward, hint: "F", onSelect: () => openForward(context) },
            ]
          : []),
        ...(message.deletedAt || message.content === ""
          ? []
          : [{ label: "Copy text", icon: Copy, onSelect: () => void copyText(context) }]),
      ],
      [
        ...(canEdit(context)
          ? [{ label: "Edit", icon: Pencil, hint: "E", onSelect: () => pane.getState().edit(entry) }]
          : []),
        ...(message.isEdited && !message.deletedAt
          ? [
              {
                label: "Earlier versions",
                icon: HistoryIcon,
                onSelect: () => openDialog(<History messageId={message.id} />),
              },
            ]
          : []),
        ...(canDelete(context)
          ? [{ label: "Delete", icon: Trash2, danger: true, hint: "Del", onSelect: () => askDelete(context) }]
          : []),
      ],
    ],
  });
}

function quickReactions({ client, entry }: MessageContext) {
  const self = client.store.getState().self?.id ?? "";
  return quickEmoji.map((emoji) => ({
    text: emoji,
    label: `React with ${emoji}`,
    checked: selfReacted(entry.message, emoji, self),
    onSelect: () => toggleReaction(client, entry, emoji),
  }));
}
