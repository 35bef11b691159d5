import { Download, File as FileIcon } from "lucide-react";
import { useState } from "react";
import { ImageViewer } from "../dialogs/lazy.tsx";
import { sizeText } from "../format/size.ts";
import { openDialog } from "../overlay/overlay-store.ts";
import { useClient } from "../shell/client-context.tsx";
import type { Attachment, ShownMessage } from "../shell/types.ts";
import styles from "./attachments.module.css";
import { download } from "./download.ts";
import { useLink } from "./use-link.ts";

/** A message's pictures, sounds, films and files. */
export function Attachments({ entry }: { entry: ShownMessage }) {
  const { attachments } = entry.message;
  if (attachments.length === 0) return null;
  const pictures = attachments.filter(({ type }) => type?.startsWith("image/"));
  const others = attachments.filter(({ type }) => !type?.startsWith("image/"));
  return (
    <div className={styles.attachments}>
      {pictures.length > 0 && (
        <div className={styles.pictures} data-count={Math.min(pictures.length, 4)}>
          {pictures.map((picture, index) => (
            <Picture
              key={picture.id}
              picture={picture}
              alone={pictures.length === 1}
              pictures={pictures}
              index={index}
            />
          ))}
        </div>
      )}
      {others.map((attachment) =>
        attachment.type?.startsWith("audio/") || attachment.type?.startsWith("video/") ? (
          <Media key={attachment.id} attachment={attachment} />
        ) : (
          <FileCard key={attachment.id} attachment={attachment} />
        ),
      )}
    </div>
  );
}

interface PictureProps {
  picture: Attachment;
  alone: boolean;
  pictures: readonly Attachment[];
  index: number;
}

const MAX_WIDTH = 380;
const MAX_HEIGHT = 360;

/** Takes its place before it is loaded, so that nothing moves when it comes. */
function Picture({ picture, alone, pictures, index }: PictureProps) {
  const { url, failed } = useLink(picture.id);
  const [loaded, setLoaded] = useState(false);
  const { width = 4, height = 3 } = picture;
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  const box = alone
    ? { width: Math.max(120, Math.round(width * scale)), aspectRatio: `${width} / ${height}` }
    : { aspectRatio: "1 / 1" };
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.picture}
      style={box}
      data-loaded={loaded ? "" : undefined}
      aria-label={`Open picture ${picture.name}`}
      onClick={() => openDialog(<ImageViewer pictures={pictures} at={index} />)}
    >
      {url && (
        <img src={url} alt={picture.name} loading="lazy" decoding="async" onLoad={() => setLoaded(true)} />
      )}
      {failed && <span className={styles.failed}>{failed}</span>}
    </button>
  );
}

function Media({ attachment }: { attachment: Attachment }) {
  const { url } = useLink(attachment.id);
  return attachment.type.startsWith("audio/") ? (
    // biome-ignore lint/a11y/useMediaCaption: what people record has no captions
    <audio className={styles.audio} controls preload="none" src={url} aria-label={attachment.name} />
  ) : (
    // biome-ignore lint/a11y/useMediaCaption: what people record has no captions
    <video className={styles.video} controls preload="metadata" src={url} aria-label={attachment.name} />
  );
}

function FileCard({ attachment }: { attachment: Attachment }) {
  const client = useClient();
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.file}
      onClick={() => download(client, attachment)}
      aria-label={`Download ${attachment.name}, ${sizeText(attachment.size)}`}
    >
      <span className={styles.fileIcon}>
        <FileIcon className={styles.kind} size={21} aria-hidden="true" />
        <Download className={styles.get} size={21} aria-hidden="true" />
      </span>
      <span className={styles.fileWords}>
        <span className={styles.fileName} dir="auto">
          {attachment.name}
        </span>
        <span className={styles.fileSize}>{sizeText(attachment.size)}</span>
      </span>
    </button>
  );
}
