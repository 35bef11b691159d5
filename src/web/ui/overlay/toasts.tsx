import { X } from "lucide-react";
import { IconButton } from "../parts/button.tsx";
import { dismissToast, useOverlays } from "./overlay-store.ts";
import styles from "./toasts.module.css";

/** Short words from below; read out politely, errors at once. */
export function Toasts() {
  const toasts = useOverlays((state) => state.toasts);
  return (
    <section className={styles.stack} aria-label="Notifications">
      {toasts.map(({ id, text, tone, action }) => (
        <div key={id} className={styles.toast} role={tone === "error" ? "alert" : "status"} data-tone={tone}>
          <span className={styles.text}>{text}</span>
          {action && (
            <button
              type="button"
              className={styles.action}
              onClick={() => {
                action.run();
                dismissToast(id);
              }}
            >
              {action.label}
            </button>
          )}
          <IconButton
            icon={X}
            size={16}
            look="small"
            tip="none"
            label="Dismiss"
            onClick={() => dismissToast(id)}
          />
        </div>
      ))}
    </section>
  );
}
