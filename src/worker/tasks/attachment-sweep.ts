import { openStorage, type StorageConfig } from "../../attachments/open-storage.ts";
import { findDueAttachments, forgetAttachment, giveUpAttachment } from "../../store/attachments.ts";
import type { Sql } from "../../store/client.ts";
import type { Logger } from "../../telemetry/logger.ts";

const BATCH = 200;

/**
 * Deletes files that no message carries: never sent, cut off, or with the last of their messages deleted. First
 * nobody can get one any more, then its bytes go, then its row: whatever is cut off goes on with the next sweep.
 */
export async function attachmentSweep(
  deps: { sql: Sql; log: Logger; config: StorageConfig },
  stop: AbortSignal,
): Promise<void> {
  const storage = openStorage(deps.config);
  if (!storage) return;
  let deleted = 0;
  for (
    let due = await findDueAttachments(deps.sql, BATCH);
    ;
    due = await findDueAttachments(deps.sql, BATCH)
  ) {
    for (const id of due) {
      if (stop.aborted) return;
      if (!(await giveUpAttachment(deps.sql, id))) continue;
      await storage.remove(id);
      await forgetAttachment(deps.sql, id);
      deleted++;
    }
    if (due.length < BATCH) break;
  }
  if (deleted > 0) deps.log.info({ deleted }, "files deleted that no message carries");
}
