import { Bell } from "lucide-react";
import { useState } from "react";
import { Button } from "../parts/button.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { attempt } from "../shell/failure.ts";
import styles from "./push-offer.module.css";

const key = "nexus.push-offer";

/**
 * Offers notifications once there is something to be notified of: after one's first own message, not at the door.
 * "Not now" holds for this browser; the settings have it still.
 */
export function PushOffer() {
  const client = useClient();
  const possible = useChat((state) => state.config?.push != null && client.push.state() === "ask");
  const wrote = useChat((state) =>
    Object.values(state.conversations).some(({ last }) => last !== null && last.senderId === state.self?.id),
  );
  const [dismissed, setDismissed] = useState(() => localStorage.getItem(key) !== null);
  const [busy, setBusy] = useState(false);
  if (!possible || !wrote || dismissed) return null;

  function dismiss() {
    localStorage.setItem(key, "later");
    setDismissed(true);
  }
  async function enable() {
    setBusy(true);
    await attempt(() => client.push.enable());
    dismiss();
  }
  return (
    <section className={styles.offer} aria-label="Notifications">
      <Bell size={20} aria-hidden="true" />
      <p className={styles.words}>Be told of new messages while Nexus is closed?</p>
      <div className={styles.buttons}>
        <Button look="quiet" onClick={dismiss}>
          Not now
        </Button>
        <Button look="primary" busy={busy} onClick={enable}>
          Turn on
        </Button>
      </div>
    </section>
  );
}
