import { useEffect, useRef, useState } from "react";
import { selectTimeline } from "../../engine/state/selectors.ts";
import { previewText } from "../list/preview-text.ts";
import { useChat } from "../shell/client-context.tsx";

/** Reads new messages of others out, for whoever does not see them come. */
export function Announcer({ id }: { id: string }) {
  const newest = useChat((state) => selectTimeline(state, id).entries.at(-1));
  const people = useChat((state) => state.people);
  const self = useChat((state) => state.self?.id);
  const known = useRef<number | null>(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    const seq = newest?.message.seq ?? 0;
    const before = known.current;
    known.current = Math.max(seq, before ?? seq);
    if (!newest || before === null || seq <= before || newest.message.senderId === self) return;
    setWords(`${people[newest.message.senderId]?.name ?? "Somebody"}: ${previewText(newest.message)}`);
  }, [newest, people, self]);
  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-label="New messages">
      {words}
    </div>
  );
}
