import { Popover } from "radix-ui";
import { useMemo } from "react";
import { closePopover, type OpenPopover } from "./overlay-store.ts";
import styles from "./popover-layer.module.css";

/** A popover at its anchor; the focus goes in and, when it closes, back. */
export function PopoverLayer({ popover }: { popover: OpenPopover }) {
  const anchor = useMemo(() => ({ current: popover.anchor }), [popover.anchor]);
  return (
    <Popover.Root open onOpenChange={(open) => !open && closePopover()}>
      <Popover.Anchor virtualRef={anchor} />
      <Popover.Portal>
        <Popover.Content
          className={styles.popover}
          aria-label={popover.label}
          side={popover.side}
          align="start"
          sideOffset={8}
          collisionPadding={10}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            popover.anchor.focus({ preventScroll: true });
          }}
        >
          {popover.content(closePopover)}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
