import { useEffect, useState } from "react";
import { exactTime } from "../format/time.ts";
import { RowSkeletons } from "../list/row-skeletons.tsx";
import { Modal } from "../overlay/modal.tsx";
import { useClient } from "../shell/client-context.tsx";
import { failureOf } from "../shell/failure.ts";
import { MessageText } from "../text/message-text.tsx";
import styles from "./history.module.css";

type Version = Awaited<ReturnType<ReturnType<typeof useClient>["messages"]["versions"]>>[number];

/** What a message said before it was edited, newest first. */
export function History({ messageId }: { messageId: string }) {
  const client = useClient();
  const [versions, setVersions] = useState<readonly Version[]>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    const controller = new AbortController();
    client.messages.versions(messageId, { signal: controller.signal }).then(
      (all) => setVersions([...all].sort((a, b) => b.version - a.version)),
      (error) => !controller.signal.aborted && setFailure(failureOf(error).text),
    );
    return () => controller.abort();
  }, [client, messageId]);
  return (
    <Modal title="Versions of the message">
      {failure && <p className={styles.failure}>{failure}</p>}
      {!versions && !failure && <RowSkeletons />}
      <ol className={styles.versions}>
        {versions?.map(({ version, content, timestamp }, index) => (
          <li key={version} className={styles.version}>
            <span className={styles.when}>
              {index === 0 ? "Now" : index === versions.length - 1 ? "First" : "Earlier"}
              <time dateTime={timestamp}>{exactTime(timestamp)}</time>
            </span>
            <MessageText content={content} />
          </li>
        ))}
      </ol>
    </Modal>
  );
}
