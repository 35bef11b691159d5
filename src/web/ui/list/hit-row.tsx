import { selectTitle } from "../../engine/state/selectors.ts";
import { listTime } from "../format/time.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useChat } from "../shell/client-context.tsx";
import { goTo } from "../shell/route.ts";
import type { SearchHit } from "../shell/types.ts";
import styles from "./hit-row.module.css";

/** A found message; choosing it jumps there. `inside`: the conversation is clear, so the sender is named. */
export function HitRow({ hit, inside = false }: { hit: SearchHit; inside?: boolean }) {
  const { message, excerpt } = hit;
  const author = useChat(
    (state) =>
      state.people[message.senderId]?.name ?? (state.self?.id === message.senderId ? "You" : "Somebody"),
  );
  const self = useChat((state) => state.self?.id === message.senderId);
  const title = useChat((state) => selectTitle(state, message.conversationId));
  const url = useChat((state) => state.people[message.senderId]?.avatarUrl);
  let at = 0;
  return (
    <button
      type="button"
      data-row={message.id}
      className={styles.row}
      onClick={() => goTo({ conversationId: message.conversationId, seq: message.seq })}
    >
      <Avatar id={message.senderId} name={author} url={url} size={40} />
      <span className={styles.middle}>
        <span className={styles.top}>
          <span className={styles.title}>{inside ? (self ? "You" : author) : title}</span>
          <time className={styles.time} dateTime={message.timestamp}>
            {listTime(message.timestamp)}
          </time>
        </span>
        <span className={styles.text}>
          {!inside && <span>{self ? "You" : author}: </span>}
          {excerpt.map(({ text, hit: found }) => {
            const key = at++;
            return found ? <mark key={key}>{text}</mark> : <span key={key}>{text}</span>;
          })}
        </span>
      </span>
    </button>
  );
}
