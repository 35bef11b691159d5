import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import styles from "./menu-layer.module.css";
import { type Anchor, closeMenu, type OpenMenu } from "./overlay-store.ts";

/**
 * A menu at its anchor. Radix wants a trigger in the page, so an invisible one is laid where the menu belongs.
 * Not modal: its lock of the page's scrolling would need an inline style, which our policy refuses.
 */
export function MenuLayer({ menu }: { menu: OpenMenu }) {
  const box = boxOf(menu.anchor);
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(open) => !open && closeMenu()}>
      <DropdownMenu.Trigger asChild>
        <span
          className={styles.trigger}
          aria-hidden="true"
          style={{ left: box.x, top: box.y, width: box.width, height: box.height }}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          aria-label={menu.label}
          align="start"
          sideOffset={4}
          collisionPadding={10}
          loop
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            returnFocus(menu.anchor);
          }}
        >
          {menu.quick && (
            <DropdownMenu.Group className={styles.quick}>
              {menu.quick.map(({ text, label, checked, onSelect }) => (
                <DropdownMenu.CheckboxItem
                  key={label}
                  className={styles.emoji}
                  aria-label={label}
                  checked={checked}
                  onSelect={onSelect}
                >
                  {text}
                </DropdownMenu.CheckboxItem>
              ))}
            </DropdownMenu.Group>
          )}
          {menu.groups
            .filter((group) => group.length > 0)
            .map((group, index) => (
              <DropdownMenu.Group key={group.map(({ label }) => label).join()} className={styles.group}>
                {index > 0 && <DropdownMenu.Separator className={styles.line} />}
                {group.map((item) => (
                  <DropdownMenu.Item
                    key={item.label}
                    className={`${styles.item} ${item.danger ? styles.danger : ""}`}
                    disabled={item.disabled ?? false}
                    onSelect={item.onSelect}
                  >
                    {item.icon && <item.icon size={18} aria-hidden="true" />}
                    <span className={styles.label}>{item.label}</span>
                    {item.checked && <Check size={16} aria-label="chosen" />}
                    {item.hint && <kbd className={styles.hint}>{item.hint}</kbd>}
                  </DropdownMenu.Item>
                ))}
              </DropdownMenu.Group>
            ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function boxOf(anchor: Anchor): { x: number; y: number; width: number; height: number } {
  if (anchor instanceof HTMLElement) return anchor.getBoundingClientRect();
  return { x: anchor.x, y: anchor.y, width: 0, height: 0 };
}

/** Unless what was chosen has put the focus somewhere itself. */
function returnFocus(anchor: Anchor): void {
  const to = anchor instanceof HTMLElement ? anchor : anchor.from;
  const at = document.activeElement;
  if (at === null || at === document.body || at.closest("[role=menu]")) to?.focus({ preventScroll: true });
}
