/** Files: taking them in, and handing them to those who may see them. */
import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { Attachment, AttachmentLink } from "../protocol/attachment.ts";
import { ChatError } from "../protocol/errors.ts";
import {
  abandonUpload,
  beginUpload,
  completeUpload,
  findAttachment,
  readLinkKey,
} from "../store/attachments.ts";
import type { Sql } from "../store/client.ts";
import { HEAD, kindOf } from "./file-kind.ts";
import { cleanFileName } from "./file-name.ts";
import { createLinks, type LinkQuery } from "./links.ts";
import type { Storage } from "./storage.ts";

export interface AttachmentOptions {
  sql: Sql;
  storage: Storage;
  /** Bytes. */
  maxSize: number;
  /** Seconds that a download link is valid. */
  linkLifetime: number;
  /** Seconds that a file is kept that no message carries. */
  keepUnsent: number;
}

export interface Opened {
  file: Attachment;
  /** Seconds that its link is still valid. */
  left: number;
  /** @throws ChatError NOT_FOUND, UNAVAILABLE */
  read(range?: { start: number; end: number }): Promise<Readable>;
}

export type Attachments = Awaited<ReturnType<typeof createAttachments>>;

/** What all ways to store or read bytes share when the storage fails. */
function unavailable(cause: unknown): ChatError {
  return new ChatError("UNAVAILABLE", "Files cannot be stored or read at the moment; try again", {
    retryAfter: 5,
    cause,
  });
}

/**
 * Stores bytes as a file of `uploaderId` (null: of nobody, and so only of those who see a message that carries it).
 * Nothing stays of a file that is too large or not all there.
 * @throws ChatError PAYLOAD_TOO_LARGE, UNAVAILABLE, or what `bytes` throws.
 */
export async function storeFile(
  options: Pick<AttachmentOptions, "sql" | "storage" | "maxSize" | "keepUnsent">,
  uploaderId: string | null,
  given: { name: string | undefined; bytes: AsyncIterable<Uint8Array> },
): Promise<Attachment> {
  const { sql, storage } = options;
  const upload = {
    id: randomUUID(),
    uploaderId,
    name: cleanFileName(given.name),
    keepFor: options.keepUnsent,
  };
  await beginUpload(sql, upload);
  const meter = measured(given.bytes, options.maxSize);
  try {
    await storage.write(upload.id, meter.bytes());
    const file = { id: upload.id, name: upload.name, size: meter.size(), ...(await kindOf(meter.head())) };
    if (!(await completeUpload(sql, file)))
      throw new ChatError("UNAVAILABLE", "The upload took too long; try again");
    return file;
  } catch (error) {
    await abandonUpload(sql, upload.id).catch(() => {}); // the worker finds it a day later
    throw error instanceof ChatError || meter.failed() ? error : unavailable(error);
  }
}

/** @throws Error when Postgres has no key to sign links with. */
export async function createAttachments(options: AttachmentOptions) {
  const links = createLinks(await readLinkKey(options.sql), options.linkLifetime);

  return {
    maxSize: options.maxSize,
    upload: (uploaderId: string, given: { name: string | undefined; bytes: AsyncIterable<Uint8Array> }) =>
      storeFile(options, uploaderId, given),

    /** @throws ChatError NOT_FOUND for whoever may not see the file. */
    async link(userId: string, id: string): Promise<AttachmentLink> {
      const file = await findAttachment(options.sql, id, userId);
      if (!file) throw new ChatError("NOT_FOUND", "There is no such attachment");
      const { url, expiresAt } = links.make(id, userId);
      return { ...file, url, expiresAt: expiresAt.toISOString() };
    },

    /** What a link leads to. @throws ChatError FORBIDDEN for a link that is not valid, NOT_FOUND as above. */
    async open(id: string, query: LinkQuery): Promise<Opened> {
      const left = links.check(id, query);
      const file = await findAttachment(options.sql, id, query.user);
      if (!file) throw new ChatError("NOT_FOUND", "There is no such attachment");
      return {
        file,
        left,
        async read(range) {
          const bytes = await options.storage.read(id, range).catch((error) => {
            throw unavailable(error);
          });
          if (!bytes) throw new ChatError("NOT_FOUND", "The bytes of this attachment are lost");
          return bytes;
        },
      };
    },
  };
}

/** Passes bytes on, counts them and keeps the first ones. */
function measured(source: AsyncIterable<Uint8Array>, maxSize: number) {
  const head: Uint8Array[] = [];
  let size = 0;
  let kept = 0;
  let failed = false;
  return {
    async *bytes(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of source) {
          size += chunk.length;
          if (size > maxSize)
            throw new ChatError("PAYLOAD_TOO_LARGE", `A file may have ${maxSize} bytes at most`, {
              field: "file",
            });
          if (kept < HEAD) {
            head.push(chunk.subarray(0, HEAD - kept));
            kept += chunk.length;
          }
          yield chunk;
        }
      } catch (error) {
        failed = true;
        throw error;
      }
    },
    size: () => size,
    head: () => Buffer.concat(head),
    /** Whether the source failed, rather than the storage. */
    failed: () => failed,
  };
}
