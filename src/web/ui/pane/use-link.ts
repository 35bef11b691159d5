import { useEffect, useState } from "react";
import { useClient } from "../shell/client-context.tsx";
import { failureOf } from "../shell/failure.ts";

/** Links are good for some minutes; they are asked for again after this time, in ms. */
const FRESH = 4 * 60_000;
const MAX_KEPT = 500;
const kept = new Map<string, { url: string; at: number }>();

/** A link under which the attachment can be shown at once; it is there already when it was shown lately. */
export function useLink(attachmentId: string): { url: string | undefined; failed: string | undefined } {
  const client = useClient();
  const [url, setUrl] = useState(() => fresh(attachmentId));
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    const known = fresh(attachmentId);
    if (known !== undefined) {
      setUrl(known);
      return;
    }
    const controller = new AbortController();
    client.attachments.link(attachmentId, { signal: controller.signal }).then(
      (link) => {
        keep(attachmentId, link);
        setUrl(link);
      },
      (error) => !controller.signal.aborted && setFailed(failureOf(error).text),
    );
    return () => controller.abort();
  }, [client, attachmentId]);
  return { url, failed };
}

/** What was just uploaded is shown from this device. */
export function keep(attachmentId: string, url: string): void {
  kept.set(attachmentId, { url, at: Date.now() });
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value ?? "");
}

function fresh(attachmentId: string): string | undefined {
  const link = kept.get(attachmentId);
  return link && (link.url.startsWith("blob:") || Date.now() - link.at < FRESH) ? link.url : undefined;
}
