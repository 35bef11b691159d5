import { selectPeer, selectTitle } from "../../engine/state/selectors.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useChat } from "../shell/client-context.tsx";
import styles from "./beginning.module.css";

/** Stands where a conversation begins. */
export function Beginning({ id }: { id: string }) {
  const title = useChat((state) => selectTitle(state, id));
  const peer = useChat((state) => selectPeer(state, id));
  const url = useChat((state) => (peer === null ? null : state.people[peer]?.avatarUrl));
  const description = useChat((state) => state.conversations[id]?.description);
  return (
    <div className={styles.card}>
      <Avatar id={peer ?? id} name={title} url={url} size={72} group={peer === null} />
      <p className={styles.title} dir="auto">
        {title}
      </p>
      {description && <p dir="auto">{description}</p>}
      <p>{peer === null ? "This is where the group begins." : "This is where your conversation begins."}</p>
    </div>
  );
}
