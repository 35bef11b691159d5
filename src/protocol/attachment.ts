import * as z from "zod";
import { Timestamp, Uuid } from "./primitives.ts";

/** The most attachments of one message. */
export const MAX_ATTACHMENTS = 20;

export const Attachment = z
  .object({
    id: Uuid,
    name: z.string().describe("the file's name: text of a stranger"),
    type: z.string().describe("media type, told from the bytes, never from what the uploader said"),
    size: z.int().describe("bytes"),
    width: z.int().optional().describe("pixels; of pictures, as they are to be shown"),
    height: z.int().optional(),
  })
  .meta({ id: "Attachment" });
export type Attachment = z.infer<typeof Attachment>;

export const AttachmentLink = Attachment.extend({
  url: z
    .string()
    .describe("leads to the bytes without any header, until `expiresAt`; relative to this server"),
  expiresAt: Timestamp,
}).meta({ id: "AttachmentLink" });
export type AttachmentLink = z.infer<typeof AttachmentLink>;
