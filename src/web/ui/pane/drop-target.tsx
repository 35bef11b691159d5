import { Upload } from "lucide-react";
import styles from "./drop-target.module.css";

/** Lies over the pane while files are held over it. */
export function DropTarget() {
  return (
    <div className={styles.target} aria-hidden="true">
      <div className={styles.card}>
        <Upload size={30} strokeWidth={1.8} />
        Drop files here to send them
      </div>
    </div>
  );
}
