/**
 * What lies over the page: at most one menu, one popover and one dialog, and the toasts. They are opened from anywhere
 * by a call; the components that draw them (and Radix with them) are loaded when one is first opened.
 */
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { create } from "zustand";

/** Where something opens: at an element, to which the focus returns, or at a point. */
export type Anchor = HTMLElement | { x: number; y: number; from: HTMLElement | null };

export interface MenuItem {
  label: string;
  icon?: LucideIcon;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  hint?: string;
  onSelect(): void;
}

export interface OpenMenu {
  label: string;
  anchor: Anchor;
  /** Groups of entries, with a line between them. */
  groups: readonly (readonly MenuItem[])[];
  /** A row over the entries: the quick reactions. */
  quick?: readonly { text: string; label: string; checked: boolean; onSelect(): void }[];
}

export interface OpenPopover {
  label: string;
  anchor: HTMLElement;
  side: "top" | "bottom";
  content: (close: () => void) => ReactNode;
}

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "error";
  action?: { label: string; run(): void };
}

interface Overlays {
  menu: OpenMenu | null;
  popover: OpenPopover | null;
  dialog: { key: number; content: ReactNode } | null;
  toasts: readonly Toast[];
}

export const useOverlays = create<Overlays>()(() => ({
  menu: null,
  popover: null,
  dialog: null,
  toasts: [],
}));

const TOAST_MS = 6000;
const MAX_TOASTS = 3;
let counter = 0;

export function openMenu(menu: OpenMenu): void {
  useOverlays.setState({ menu });
}

export function closeMenu(): void {
  useOverlays.setState({ menu: null });
}

export function openPopover(popover: OpenPopover): void {
  useOverlays.setState({ popover });
}

export function closePopover(): void {
  useOverlays.setState({ popover: null });
}

/** Shows a dialog (a component that draws Modal); whatever dialog was there goes. */
export function openDialog(content: ReactNode): void {
  useOverlays.setState({ dialog: { key: ++counter, content } });
}

export function closeDialog(): void {
  useOverlays.setState({ dialog: null });
}

/** Says something for six seconds; `action` may take it back. */
export function toast(text: string, options: Partial<Pick<Toast, "tone" | "action">> = {}): void {
  const added: Toast = { tone: "plain", ...options, id: ++counter, text };
  useOverlays.setState(({ toasts }) => ({ toasts: [...toasts, added].slice(-MAX_TOASTS) }));
  setTimeout(() => dismissToast(added.id), TOAST_MS);
}

export function dismissToast(id: number): void {
  useOverlays.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
