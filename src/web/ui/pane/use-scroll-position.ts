import type { Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { toast } from "../overlay/overlay-store.ts";
import { useClient } from "../shell/client-context.tsx";
import { requestJump, useJumps } from "../shell/jumps.ts";
import { goTo } from "../shell/route.ts";
import type { Timeline } from "../shell/types.ts";
import { usePaneStore } from "./pane-store.ts";
import type { Row } from "./rows.ts";

interface PositionOptions {
  id: string;
  seq: number | null;
  rows: readonly Row[];
  virtual: Virtualizer<HTMLDivElement, Element>;
  timeline: Timeline;
  scroller: RefObject<HTMLDivElement | null>;
}

/** Further from the end than this, in px, somebody reads older messages. */
const AWAY = 160;
/** Nearer than this, they are at the end. */
const NEAR_END = 40;

/**
 * Where the list stands: at first at the unread messages, or at the end; then where a jump leads. Returns whether the
 * newest messages are out of sight, and the day that is being scrolled through.
 */
export function useScrollPosition({ id, seq, rows, virtual, timeline, scroller }: PositionOptions) {
  const client = useClient();
  const pane = usePaneStore();
  const [away, setAway] = useState(false);
  const [settled, setSettled] = useState(false);
  const touched = useRef(false);
  const atEnd = useRef(true);
  const placed = useRef<{ front: string | undefined; unread: string | undefined } | null>(null);
  const target = useRef<number | "end" | null>(null);
  const jump = useJumps((state) => (state.jump?.conversationId === id ? state.jump : null));
  const empty = rows.length === 0;

  // An address with a message in it becomes a jump, so that the same address can be followed again.
  useEffect(() => {
    if (seq === null) return;
    requestJump(id, seq);
    goTo({ conversationId: id }, "replace");
  }, [id, seq]);

  // The first position, kept while messages come in and nobody has touched anything: more of them may move what was
  // found. Whoever has been taken along to the end stays there.
  useLayoutEffect(() => {
    if (rows.length === 0 || touched.current || target.current !== null) return;
    const unread = rows.findIndex(({ kind }) => kind === "unread");
    const place = { front: rows[0]?.key, unread: rows[unread + 1]?.key };
    const before = placed.current;
    placed.current = place;
    if (unread < 0) virtual.scrollToEnd();
    else if (before?.unread !== place.unread) virtual.scrollToIndex(unread, { align: "start" });
    else if (before?.front !== place.front && !atEnd.current)
      virtual.scrollToIndex(unread, { align: "start" });
    else if (before?.front !== place.front) virtual.scrollToEnd();
    const frame = requestAnimationFrame(() => setSettled(true));
    return () => cancelAnimationFrame(frame);
  }, [rows, virtual]);

  useEffect(() => {
    const element = scroller.current;
    if (!element || empty) return;
    const controller = new AbortController();
    const touch = () => {
      touched.current = true;
    };
    for (const event of ["wheel", "touchmove", "pointerdown", "keydown"])
      element.addEventListener(event, touch, { passive: true, signal: controller.signal });
    const look = () => {
      const distance = virtual.getDistanceFromEnd();
      atEnd.current = distance < NEAR_END;
      setAway(distance > AWAY);
    };
    element.addEventListener("scroll", look, { passive: true, signal: controller.signal });
    // A line to write in that grows, or a keyboard that opens, takes room: whoever is at the end stays there.
    const resized = new ResizeObserver(() => atEnd.current && touched.current && virtual.scrollToEnd());
    resized.observe(element);
    return () => {
      controller.abort();
      resized.disconnect();
    };
  }, [empty, scroller, virtual]);

  useEffect(() => {
    if (!jump) return;
    touched.current = true;
    target.current = jump.to;
    useJumps.setState({ jump: null });
    if (jump.to === "end") {
      void client.conversations.jumpToEnd(id).then(() => setSettled(true));
      return;
    }
    void client.conversations.jumpTo(id, jump.to).then((found) => {
      if (!found) toast("That message is no longer here.");
      if (!found) target.current = null;
      setSettled(true);
    });
  }, [jump, client, id]);

  // A jump ends when what it leads to is among the rows.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `jump` too: it may lead to rows that are there already
  useLayoutEffect(() => {
    const to = target.current;
    if (to === null || empty) return;
    if (to === "end") {
      if (!timeline.atEnd) return;
      virtual.scrollToEnd();
      target.current = null;
      return;
    }
    const index = rows.findIndex((row) => "entry" in row && row.entry.message.seq === to);
    const row = rows[index];
    if (!row) return;
    virtual.scrollToIndex(index, { align: "center" });
    pane.getState().flash(row.key);
    target.current = null;
  }, [rows, jump, timeline.atEnd, empty]);

  const day = virtual.isScrolling && away ? dayAt(rows, virtual.range?.startIndex ?? 0) : null;
  return { away: away || !timeline.atEnd, settled, day };
}

function dayAt(rows: readonly Row[], from: number): string | null {
  for (let index = Math.min(from, rows.length - 1); index >= 0; index--) {
    const row = rows[index];
    if (row?.kind === "day") return row.label;
  }
  return null;
}
