import type { Config } from "../config/settings.ts";
import type { Sql } from "../store/client.ts";
import { type Attachments, createAttachments } from "./attachments.ts";
import { createS3Storage } from "./s3.ts";
import type { Storage } from "./storage.ts";
import { createVolumeStorage } from "./volume.ts";

export type StorageConfig = Pick<
  Config,
  | "ATTACHMENTS_PATH"
  | "ATTACHMENTS_S3_URL"
  | "ATTACHMENTS_S3_REGION"
  | "ATTACHMENTS_S3_ACCESS_KEY_ID"
  | "ATTACHMENTS_S3_SECRET_ACCESS_KEY"
>;

/** The storage that the settings name; undefined: none, and so no attachments. */
export function openStorage(config: StorageConfig): Storage | undefined {
  if (config.ATTACHMENTS_S3_URL !== undefined)
    return createS3Storage({
      url: config.ATTACHMENTS_S3_URL,
      region: config.ATTACHMENTS_S3_REGION,
      accessKeyId: config.ATTACHMENTS_S3_ACCESS_KEY_ID as string,
      secretAccessKey: config.ATTACHMENTS_S3_SECRET_ACCESS_KEY as string,
    });
  return config.ATTACHMENTS_PATH === undefined ? undefined : createVolumeStorage(config.ATTACHMENTS_PATH);
}

/** The files that the settings allow, in their storage; undefined: none. @throws Error as createAttachments. */
export async function openAttachments(
  config: StorageConfig &
    Pick<Config, "MAX_FILE_SIZE" | "ATTACHMENT_LINK_EXPIRES_IN" | "ATTACHMENT_UNSENT_EXPIRES_IN">,
  sql: Sql,
): Promise<Attachments | undefined> {
  const storage = openStorage(config);
  return (
    storage &&
    createAttachments({
      sql,
      storage,
      maxSize: config.MAX_FILE_SIZE,
      linkLifetime: config.ATTACHMENT_LINK_EXPIRES_IN,
      keepUnsent: config.ATTACHMENT_UNSENT_EXPIRES_IN,
    })
  );
}
