import type { Attachment } from "../protocol/attachment.ts";
import type { Db } from "./client.ts";
import { maySee } from "./send-extras.ts";

/** Notes that bytes are about to be stored under `id`, before they are: so they are found if that is cut off. */
export async function beginUpload(
  db: Db,
  upload: { id: string; uploaderId: string | null; name: string; keepFor: number },
): Promise<void> {
  await db`
    insert into attachments (id, uploader_id, name, type, check_at)
    values (${upload.id}, ${upload.uploaderId}, ${upload.name}, 'application/octet-stream',
      now() + make_interval(secs => ${upload.keepFor}))`;
}

/** All bytes are stored. @returns false when the upload was given up meanwhile. */
export async function completeUpload(db: Db, file: Attachment): Promise<boolean> {
  const result = await db`
    update attachments set state = 'READY', type = ${file.type}, size = ${file.size},
      width = ${file.width ?? null}, height = ${file.height ?? null}
    where id = ${file.id} and state = 'UPLOADING'`;
  return result.count === 1;
}

/** Makes an upload that failed due at once, so that the worker cleans up after it. */
export async function abandonUpload(db: Db, id: string): Promise<void> {
  await db`update attachments set check_at = now() where id = ${id} and state = 'UPLOADING'`;
}

/** A file that `userId` may see: their own, or one that a message of a conversation of theirs carries. */
export async function findAttachment(db: Db, id: string, userId: string): Promise<Attachment | undefined> {
  const [row] = await db<{ file: Attachment }[]>`
    select jsonb_strip_nulls(jsonb_build_object('id', a.id, 'name', a.name, 'type', a.type, 'size', a.size,
      'width', a.width, 'height', a.height)) as file
    from attachments a where a.id = ${id} and a.state = 'READY' and ${maySee(db, userId)}`;
  return row?.file;
}

/** The key that all gateways sign download links with. */
export async function readLinkKey(db: Db): Promise<Buffer> {
  const [row] = await db<
    { value: Buffer }[]
  >`select value from server_secrets where name = 'attachment_links'`;
  if (!row)
    throw new Error("server_secrets has no attachment_links: restore the row, or a backup that has it");
  return Buffer.from(row.value);
}

/** Files at which the worker is to look again, the longest due first. */
export async function findDueAttachments(db: Db, limit: number): Promise<string[]> {
  const rows = await db<{ id: string }[]>`
    select id from attachments where check_at <= now() order by check_at limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** @returns whether no message carries the file, so that nobody can get it any more and its bytes may go. */
export async function giveUpAttachment(db: Db, id: string): Promise<boolean> {
  const [row] = await db<{ gone: boolean | null }[]>`select give_up_attachment(${id}) as gone`;
  return row?.gone === true;
}

/** Forgets a file whose bytes are deleted. */
export async function forgetAttachment(db: Db, id: string): Promise<void> {
  await db`delete from attachments where id = ${id} and state = 'GONE'`;
}
