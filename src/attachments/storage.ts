/**
 * Where the bytes of files lie: in a folder, or in a bucket of something that speaks S3. What they are called and who
 * may have them is in Postgres; here each is known by its id alone.
 */
import type { Readable } from "node:stream";
import type { Config } from "../config/settings.ts";
import { createS3Storage } from "./s3.ts";
import { createVolumeStorage } from "./volume.ts";

export interface Storage {
  /**
   * Stores the bytes under `key`, of which it holds a few megabytes in memory at most. Resolves when they are
   * durable; leaves nothing to be read when it rejects, also with what `bytes` threw.
   */
  write(key: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** The bytes, or those from `start` to `end`, both included; undefined: there are none. */
  read(key: string, range?: { start: number; end: number }): Promise<Readable | undefined>;
  /** What is not there is as good as removed. */
  remove(key: string): Promise<void>;
}

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
