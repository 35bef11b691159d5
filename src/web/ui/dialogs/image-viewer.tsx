import { ChevronLeft, ChevronRight, Download, X } from "lucide-react";
import { useState } from "react";
import { Modal } from "../overlay/modal.tsx";
import { closeDialog } from "../overlay/overlay-store.ts";
import { useLink } from "../pane/use-link.ts";
import { IconButton } from "../parts/button.tsx";
import type { Attachment } from "../shell/types.ts";
import styles from "./image-viewer.module.css";

/** A message's pictures as large as the window allows; arrows go to the next one. */
export function ImageViewer({ pictures, at }: { pictures: readonly Attachment[]; at: number }) {
  const [index, setIndex] = useState(at);
  const picture = pictures[index];
  if (!picture) return null;
  const step = (by: number) => setIndex((index + by + pictures.length) % pictures.length);
  return (
    <Modal title={`Picture ${picture.name}`} bare size="full">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys for what the buttons in it do */}
      <div
        className={styles.viewer}
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") step(-1);
          if (event.key === "ArrowRight") step(1);
        }}
      >
        <Large picture={picture} />
        <div className={styles.bar}>
          <span className={styles.name} dir="auto">
            {picture.name}
            {pictures.length > 1 && ` (${index + 1} of ${pictures.length})`}
          </span>
          <Save picture={picture} />
          <IconButton icon={X} label="Close" tip="none" onClick={closeDialog} />
        </div>
        {pictures.length > 1 && (
          <>
            <IconButton
              icon={ChevronLeft}
              label="Previous"
              tip="none"
              className={styles.left}
              onClick={() => step(-1)}
            />
            <IconButton
              icon={ChevronRight}
              label="Next"
              tip="none"
              className={styles.right}
              onClick={() => step(1)}
            />
          </>
        )}
      </div>
    </Modal>
  );
}

function Large({ picture }: { picture: Attachment }) {
  const { url, failed } = useLink(picture.id);
  if (failed) return <p className={styles.failed}>{failed}</p>;
  return url ? <img key={picture.id} className={styles.picture} src={url} alt={picture.name} /> : null;
}

function Save({ picture }: { picture: Attachment }) {
  const { url } = useLink(picture.id);
  if (!url) return null;
  return (
    <a
      className={styles.save}
      href={url.startsWith("blob:") ? url : `${url}${url.includes("?") ? "&" : "?"}download=1`}
      download={picture.name}
      aria-label="Download"
    >
      <Download size={20} aria-hidden="true" />
    </a>
  );
}
