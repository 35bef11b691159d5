import { MenuLayer } from "./menu-layer.tsx";
import { useOverlays } from "./overlay-store.ts";
import { PopoverLayer } from "./popover-layer.tsx";

/** The open dialog, popover and menu, in the order in which they lie over each other. */
export function Layer() {
  const { menu, popover, dialog } = useOverlays();
  return (
    <>
      {dialog && <div key={dialog.key}>{dialog.content}</div>}
      {popover && <PopoverLayer popover={popover} />}
      {menu && <MenuLayer menu={menu} />}
    </>
  );
}
