import { shortName } from "../format/person.ts";
import { useChat } from "../shell/client-context.tsx";
import styles from "./typing-text.module.css";

/** "typing", or who types, with dots that move. Nothing while nobody does. */
export function TypingText({ id, names = true }: { id: string; names?: boolean }) {
  const typing = useChat((state) => state.typing[id]);
  const people = useChat((state) => state.people);
  const group = useChat((state) => state.conversations[id]?.type !== "DIRECT");
  if (!typing || typing.length === 0) return null;
  const [first = "", second = ""] = typing.map((user) => shortName(people[user]?.name ?? "Somebody"));
  const who =
    typing.length === 1
      ? `${first} is typing`
      : typing.length === 2
        ? `${first} and ${second} are typing`
        : `${typing.length} people are typing`;
  return (
    <span className={styles.typing}>
      {names && group ? who : "typing"}
      <span className={styles.dots} aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
    </span>
  );
}
