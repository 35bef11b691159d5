import { useState } from "react";
import { Avatar } from "../parts/avatar.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { attempt } from "../shell/failure.ts";
import { goTo } from "../shell/route.ts";
import styles from "./person-row.module.css";

interface Someone {
  id: string;
  name: string;
  email?: string | null;
  avatarUrl?: string | null | undefined;
}

/** Somebody to write to: choosing them opens the conversation with them. */
export function PersonRow({ person, onOpened }: { person: Someone; onOpened(): void }) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  async function open() {
    setBusy(true);
    const done = await attempt(async () =>
      goTo({ conversationId: await client.conversations.startDirect(person.id) }),
    );
    setBusy(false);
    if (done) onOpened();
  }
  return (
    <button type="button" data-row={person.id} className={styles.row} disabled={busy} onClick={open}>
      <PersonFace person={person} />
    </button>
  );
}

/** Picture, name, and address or presence. */
export function PersonFace({ person, size = 42, note }: { person: Someone; size?: number; note?: string }) {
  const online = useChat((state) => state.presence[person.id]?.status === "online");
  return (
    <>
      <Avatar id={person.id} name={person.name} url={person.avatarUrl} size={size} online={online} />
      <span className={styles.words}>
        <span className={styles.name} dir="auto">
          {person.name}
          {note && ` (${note})`}
        </span>
        {person.email && <span className={styles.email}>{person.email}</span>}
      </span>
    </>
  );
}
