import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "../parts/button.tsx";
import styles from "./modal.module.css";
import { closeDialog } from "./overlay-store.ts";

interface ModalProps {
  title: string;
  /** The title is for screen readers only. */
  bare?: boolean;
  size?: "narrow" | "wide" | "full";
  children: ReactNode;
  footer?: ReactNode;
}

/**
 * A dialog in the middle, on a phone from below. The scrim is an element of our own: Radix's overlay locks scrolling by
 * an inline style, which our policy refuses, and the page does not scroll anyway.
 */
export function Modal({ title, bare = false, size = "narrow", children, footer }: ModalProps) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && closeDialog()}>
      <Dialog.Portal>
        <div className={`${styles.scrim} ${styles[`scrim-${size}`]}`}>
          <Dialog.Content className={`${styles.modal} ${styles[size]}`} aria-describedby={undefined}>
            {bare ? (
              <Dialog.Title className="visually-hidden">{title}</Dialog.Title>
            ) : (
              <header className={styles.header}>
                <Dialog.Title className={styles.title}>{title}</Dialog.Title>
                <IconButton icon={X} label="Close" tip="none" onClick={closeDialog} />
              </header>
            )}
            <div className={styles.body}>{children}</div>
            {footer && <footer className={styles.footer}>{footer}</footer>}
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
