import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { selectTimeline } from "../../engine/state/selectors.ts";
import { useChat } from "../shell/client-context.tsx";
import { Beginning } from "./beginning.tsx";
import { estimateRow } from "./estimate-row.ts";
import { JumpButtons } from "./jump-buttons.tsx";
import styles from "./message-list.module.css";
import { MessageRow } from "./message-row.tsx";
import { PaneSkeleton } from "./pane-skeleton.tsx";
import { usePane } from "./pane-store.ts";
import { type Row, rowsOf } from "./rows.ts";
import { SystemLine } from "./system-line.tsx";
import { ThreadLine } from "./thread-line.tsx";
import { useListKeys } from "./use-list-keys.ts";
import { usePaging } from "./use-paging.ts";
import { useReading } from "./use-reading.ts";
import { useScrollPosition } from "./use-scroll-position.ts";

/** Rows that are drawn beyond the visible ones on either side. */
const OVERSCAN = 8;

/** The messages of a conversation: endless in both directions, of which only those in sight are in the page. */
export function MessageList({ id, seq }: { id: string; seq: number | null }) {
  const timeline = useChat((state) => selectTimeline(state, id));
  const unreadFrom = useChat((state) => state.views[id]?.unreadFrom ?? null);
  const loading = useChat((state) => state.views[id]?.loading ?? "first");
  const flashed = usePane((state) => state.flashed);
  const { entries, atStart, atEnd } = timeline;
  const rows = useMemo(() => rowsOf(entries, { unreadFrom, atStart }), [entries, unreadFrom, atStart]);
  const scroller = useRef<HTMLDivElement>(null);
  const keys = useListKeys(rows, scroller);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimateRow(rows[index]),
    getItemKey: (index) => rows[index]?.key ?? index,
    // The row with the focus stays in the page, or the focus would be lost by scrolling.
    rangeExtractor: (range) => withFocused(range, keys.focusedIndex),
    anchorTo: "end",
    followOnAppend: atEnd,
    scrollEndThreshold: 80,
    overscan: OVERSCAN,
    paddingStart: 12,
    paddingEnd: 10,
    useFlushSync: false,
  });
  const position = useScrollPosition({ id, seq, rows, virtual, timeline, scroller });
  usePaging(id, rows, virtual, timeline, position.settled && loading === "none");
  useReading(id, rows, virtual);

  const loadingFirst = rows.length === 0 || (loading === "first" && entries.length === 0);
  return (
    <div className={styles.frame}>
      {loadingFirst && loading !== "none" ? (
        <PaneSkeleton />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: feed or group, and arrows move in it
        // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles have a name
        <div
          ref={scroller}
          className={styles.scroller}
          // A feed is made of articles: without any it is none.
          role={keys.tabStop < 0 ? "group" : "feed"}
          aria-label="Messages"
          aria-busy={loading !== "none"}
          tabIndex={keys.focusedIndex === null && rows.length === 0 ? 0 : undefined}
          onKeyDown={(event) => keys.onKeyDown(event, virtual)}
          onFocus={keys.onFocus}
        >
          <div className={styles.content} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ key, index, start }) => {
              const row = rows[index];
              return (
                row && (
                  <div
                    key={key}
                    ref={virtual.measureElement}
                    data-index={index}
                    className={styles.row}
                    style={{ transform: `translateY(${start}px)` }}
                  >
                    <RowView
                      row={row}
                      id={id}
                      position={index}
                      tabStop={index === keys.tabStop}
                      flashed={row.key === flashed}
                    />
                  </div>
                )
              );
            })}
          </div>
        </div>
      )}
      <JumpButtons id={id} rows={rows} virtual={virtual} away={position.away} />
      {position.day && (
        <div className={styles.floating} aria-hidden="true">
          <span className={styles.chip}>{position.day}</span>
        </div>
      )}
    </div>
  );
}

interface RowViewProps {
  row: Row;
  id: string;
  position: number;
  tabStop: boolean;
  flashed: boolean;
}

function RowView({ row, id, position, tabStop, flashed }: RowViewProps) {
  switch (row.kind) {
    case "message":
      return (
        <MessageRow
          entry={row.entry}
          first={row.first}
          last={row.last}
          position={position}
          tabStop={tabStop}
          flashed={flashed}
        />
      );
    case "reply":
      return <ThreadLine entry={row.entry} tabStop={tabStop} position={position} />;
    case "system":
      return <SystemLine entry={row.entry} />;
    case "beginning":
      return <Beginning id={id} />;
    case "unread":
      return (
        <div className={styles.unread}>
          <span>Unread messages</span>
        </div>
      );
    default:
      return (
        <div className={styles.day}>
          <span className={styles.chip}>{row.label}</span>
        </div>
      );
  }
}

function withFocused(range: Range, focused: number | null): number[] {
  const indexes = defaultRangeExtractor(range);
  if (focused === null || focused >= range.count || indexes.includes(focused)) return indexes;
  return [...indexes, focused].sort((a, b) => a - b);
}
