import { File as FileIcon, RotateCw, X } from "lucide-react";
import { sizeText } from "../format/size.ts";
import styles from "./upload-tray.module.css";
import type { Upload, Uploads } from "./use-uploads.ts";

/** The files that go with the next message, and how far each is uploaded. */
export function UploadTray({ uploads }: { uploads: Uploads }) {
  if (uploads.items.length === 0) return null;
  return (
    <ul className={styles.tray} aria-label="Files to send">
      {uploads.items.map((item) => (
        <li key={item.id} className={styles.item} data-failed={item.error ? "" : undefined}>
          {item.picture ? (
            <img className={styles.picture} src={item.picture} alt="" />
          ) : (
            <span className={styles.kind}>
              <FileIcon size={20} aria-hidden="true" />
            </span>
          )}
          <span className={styles.words}>
            <span className={styles.name} dir="auto">
              {item.file.name}
            </span>
            <span className={styles.state}>{stateOf(item)}</span>
          </span>
          {item.error && (
            <button
              type="button"
              className={styles.button}
              aria-label={`Try ${item.file.name} again`}
              onClick={() => uploads.retry(item.id)}
            >
              <RotateCw size={15} aria-hidden="true" />
            </button>
          )}
          <button
            type="button"
            className={styles.button}
            aria-label={`Remove ${item.file.name}`}
            onClick={() => uploads.remove(item.id)}
          >
            <X size={15} aria-hidden="true" />
          </button>
          {!item.done && !item.error && (
            <span
              className={styles.bar}
              role="progressbar"
              aria-label={`Uploading ${item.file.name}`}
              aria-valuenow={Math.round(item.progress * 100)}
              aria-valuemin={0}
              aria-valuemax={100}
            >
              <span style={{ width: `${Math.max(3, item.progress * 100)}%` }} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function stateOf({ error, done, progress, file }: Upload): string {
  if (error) return error;
  return done ? sizeText(file.size) : `${Math.round(progress * 100)}% of ${sizeText(file.size)}`;
}
