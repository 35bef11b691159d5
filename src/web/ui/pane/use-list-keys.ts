import type { Virtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, type KeyboardEvent, type RefObject, useState } from "react";
import type { Row } from "./rows.ts";

type ListVirtualizer = Virtualizer<HTMLDivElement, Element>;

/**
 * Moving among messages by keys: one of them takes the Tab key (the last, until another had the focus), arrows move,
 * Home and End go to the ends of what is loaded.
 */
export function useListKeys(rows: readonly Row[], scroller: RefObject<HTMLDivElement | null>) {
  const [focusedKey, setFocusedKey] = useState<string | null>(null);
  const found = focusedKey === null ? -1 : rows.findIndex(({ key }) => key === focusedKey);
  const focusedIndex = found < 0 ? null : found;

  function onKeyDown(event: KeyboardEvent, virtual: ListVirtualizer) {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-message]");
    if (!row || row !== event.target || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = target(rows, focusedIndex ?? rows.length - 1, event.key);
    if (to === null) return;
    event.preventDefault();
    setFocusedKey(rows[to]?.key ?? null);
    virtual.scrollToIndex(to, { align: "auto" });
    focusWhenDrawn(scroller.current, to);
  }

  function onFocus(event: FocusEvent) {
    const index = (event.target as HTMLElement).closest<HTMLElement>("[data-index]")?.dataset.index;
    const key = rows[Number(index)]?.key;
    if (key !== undefined) setFocusedKey(key);
  }

  return { focusedIndex, tabStop: focusedIndex ?? lastStop(rows), onKeyDown, onFocus };
}

function target(rows: readonly Row[], from: number, key: string): number | null {
  if (key === "Home") return next(rows, -1, 1);
  if (key === "End") return next(rows, rows.length, -1);
  if (key === "ArrowUp") return next(rows, from, -1);
  if (key === "ArrowDown") return next(rows, from, 1);
  return null;
}

/** The nearest row in that direction that can have the focus. */
function next(rows: readonly Row[], from: number, step: 1 | -1): number | null {
  for (let index = from + step; index >= 0 && index < rows.length; index += step)
    if (["message", "reply"].includes(rows[index]?.kind ?? "")) return index;
  return null;
}

function lastStop(rows: readonly Row[]): number {
  return next(rows, rows.length, -1) ?? -1;
}

function focusWhenDrawn(scroller: HTMLElement | null, index: number, tries = 5): void {
  const row = scroller?.querySelector<HTMLElement>(`[data-index="${index}"] [data-message]`);
  if (row) row.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusWhenDrawn(scroller, index, tries - 1));
}
