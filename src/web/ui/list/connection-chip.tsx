import { CloudOff, RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { useChat } from "../shell/client-context.tsx";
import styles from "./connection-chip.module.css";

const words = {
  connected: "Connected",
  reconnecting: "Connecting…",
  offline: "Offline. What you write is sent later.",
  "catching-up": "Catching up…",
} as const;

/** Short interruptions are not worth a word: it appears after this many ms, and says so when it is over. */
const PATIENCE = 900;
const GLAD = 1600;

/** Whether this client hears the others. Nothing to see while it does. */
export function ConnectionChip() {
  const status = useChat((state) => state.connection.status);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const connected = status === "connected";
    const timer = setTimeout(
      () => setShown(!connected),
      connected ? GLAD : status === "offline" ? 0 : PATIENCE,
    );
    return () => clearTimeout(timer);
  }, [status]);
  const visible = shown || status === "offline";
  return (
    <div className={styles.frame} role="status" data-status={status} data-testid="connection">
      {visible && (
        <span className={styles.chip}>
          {status === "offline" ? (
            <CloudOff size={15} aria-hidden="true" />
          ) : (
            <RefreshCw
              size={14}
              aria-hidden="true"
              className={status === "connected" ? undefined : styles.turning}
            />
          )}
          {words[status]}
        </span>
      )}
    </div>
  );
}
