import type { KeyboardEvent } from "react";
import { askDelete, canDelete, canEdit, openForward, openThread } from "./message-actions.tsx";
import type { MessageContext } from "./message-context.ts";
import { openMessageMenu } from "./message-menu.tsx";

/** Keys on a message: Enter or the menu key its menu, R reply, E edit, T thread, F forward, Delete. */
export function messageKeys(event: KeyboardEvent<HTMLElement>, context: MessageContext): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const { entry, pane, inThread } = context;
  const there = !entry.message.deletedAt && entry.message.seq > 0;
  const box = event.currentTarget.getBoundingClientRect();
  const point = { x: box.x + box.width / 2, y: box.y + Math.min(box.height, 60), from: event.currentTarget };
  const does: Record<string, (() => void) | false> = {
    Enter: () => openMessageMenu(context, point),
    ContextMenu: () => openMessageMenu(context, point),
    r: there && (() => pane.getState().reply(entry)),
    e: canEdit(context) && (() => pane.getState().edit(entry)),
    t: there && !inThread && (() => openThread(context)),
    f: there && (() => openForward(context)),
    Delete: canDelete(context) && (() => askDelete(context)),
  };
  const action = does[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}
