import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect } from "react";
import { useClient } from "../shell/client-context.tsx";
import type { Timeline } from "../shell/types.ts";
import type { Row } from "./rows.ts";

/** Rows from an edge at which more is asked for: early enough that scrolling does not run into it. */
const NEAR = 20;

/**
 * Asks for older and newer messages when the edges of what is loaded come near. `ready`: the list stands where it should,
 * and nothing is under way; whoever waits at the edge gets the next page when it becomes so again.
 */
export function usePaging(
  id: string,
  rows: readonly Row[],
  virtual: Virtualizer<HTMLDivElement, Element>,
  { atStart, atEnd }: Timeline,
  ready: boolean,
): void {
  const client = useClient();
  const first = virtual.range?.startIndex ?? null;
  const last = virtual.range?.endIndex ?? null;
  useEffect(() => {
    if (!ready || first === null || last === null || rows.length === 0) return;
    if (!atStart && first < NEAR) void client.conversations.loadOlder(id);
    if (!atEnd && last > rows.length - NEAR) void client.conversations.loadNewer(id);
  }, [client, id, first, last, rows.length, atStart, atEnd, ready]);
}
