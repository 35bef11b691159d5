import { EllipsisVertical, Reply, SmilePlus } from "lucide-react";
import { IconButton } from "../parts/button.tsx";
import type { MessageContext } from "./message-context.ts";
import { openMessageMenu } from "./message-menu.tsx";
import { openReactionPicker } from "./open-reaction-picker.tsx";
import styles from "./quick-actions.module.css";

/** Beside a message while the mouse is over it. The same is in its menu, for keys and fingers. */
export function QuickActions({ context }: { context: MessageContext }) {
  return (
    <div className={styles.actions}>
      <IconButton
        icon={SmilePlus}
        size={17}
        look="small"
        tip="top"
        label="React"
        tabIndex={-1}
        onClick={(event) => openReactionPicker(context, event.currentTarget)}
      />
      <IconButton
        icon={Reply}
        size={17}
        look="small"
        tip="top"
        label="Reply"
        tabIndex={-1}
        onClick={() => context.pane.getState().reply(context.entry)}
      />
      <IconButton
        icon={EllipsisVertical}
        size={17}
        look="small"
        tip="none"
        label="More actions"
        aria-haspopup="menu"
        tabIndex={-1}
        onClick={(event) => openMessageMenu(context, event.currentTarget)}
      />
    </div>
  );
}
