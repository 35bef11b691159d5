/**
 * Where the bytes of files lie: in a folder, or in a bucket of something that speaks S3. What they are called and who
 * may have them is in Postgres; here each is known by its id alone.
 */
import type { Readable } from "node:stream";

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
