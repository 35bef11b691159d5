import type { LinkPreview } from "../shell/types.ts";
import { safeHref } from "../text/parse.ts";
import styles from "./link-previews.module.css";
import { useLink } from "./use-link.ts";

/** What lies behind a message's links: words and a picture that the server has fetched. */
export function LinkPreviews({ previews }: { previews: readonly LinkPreview[] }) {
  return previews.map((preview) => <Preview key={preview.url} preview={preview} />);
}

function Preview({ preview }: { preview: LinkPreview }) {
  const href = safeHref(preview.url);
  if (!href) return null;
  return (
    <a className={styles.card} href={href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={-1}>
      <span className={styles.words}>
        <span className={styles.site}>{preview.siteName ?? new URL(href).hostname}</span>
        <span className={styles.title} dir="auto">
          {preview.title}
        </span>
        {preview.description && (
          <span className={styles.description} dir="auto">
            {preview.description}
          </span>
        )}
      </span>
      {preview.attachment && <Picture id={preview.attachment.id} />}
    </a>
  );
}

function Picture({ id }: { id: string }) {
  const { url } = useLink(id);
  return (
    <span className={styles.picture}>{url && <img src={url} alt="" loading="lazy" decoding="async" />}</span>
  );
}
