import { Readable } from "node:stream";
import multipart from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import type { Attachments, Opened } from "../../attachments/attachments.ts";
import { mayBeShown } from "../../attachments/file-kind.ts";
import { contentDisposition } from "../../attachments/file-name.ts";
import { Attachment, AttachmentLink } from "../../protocol/attachment.ts";
import { ChatError } from "../../protocol/errors.ts";
import { UserId, Uuid } from "../../protocol/primitives.ts";
import { rangeOf } from "./byte-range.ts";

export interface AttachmentDependencies {
  /** Undefined: this server keeps no files. */
  attachments: Attachments | undefined;
  /** Counts an upload. @throws ChatError RATE_LIMIT_EXCEEDED */
  uploadLimit(userId: string): Promise<void> | undefined;
}

const tags = ["attachments"];
const AttachmentId = z.object({ id: Uuid.describe("an attachment's") });
/** What a form may add to its file's bytes. */
const FORM_OVERHEAD = 2 ** 16;

/** How long an upload may take, in ms. */
export const UPLOAD_TIMEOUT = 600_000;

function available(attachments: Attachments | undefined): Attachments {
  if (attachments) return attachments;
  throw new ChatError(
    "NOT_FOUND",
    "This server keeps no files: its operator sets ATTACHMENTS_PATH or ATTACHMENTS_S3_URL",
  );
}

/** POST /attachments and GET /attachments/:id, for who is signed in. */
export async function attachmentRoutes(scope: FastifyInstance, deps: AttachmentDependencies): Promise<void> {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const maxSize = deps.attachments?.maxSize ?? 0;
  await app.register(multipart, {
    throwFileSizeLimit: false, // counted where it is stored, so that it is refused at once
    limits: { files: 1, parts: 10, fields: 9, fieldSize: 1024, headerPairs: 50, fileSize: maxSize + 1 },
  });
  app.post(
    "/attachments",
    {
      handlerTimeout: UPLOAD_TIMEOUT,
      bodyLimit: maxSize + FORM_OVERHEAD,
      schema: {
        tags,
        summary: "Upload a file, to be sent with a message",
        description:
          "multipart/form-data with one file. Its `type` is told from its bytes. A file that no message carries is deleted after a day.",
        operationId: "uploadAttachment",
        consumes: ["multipart/form-data"],
        response: { 201: Attachment },
      },
    },
    async (request, reply) => {
      const attachments = available(deps.attachments);
      if (Number(request.headers["content-length"] ?? 0) > maxSize + FORM_OVERHEAD)
        throw new ChatError("PAYLOAD_TOO_LARGE", `A file may have ${maxSize} bytes at most`, {
          field: "file",
        });
      if (!request.isMultipart())
        throw new ChatError("VALIDATION_FAILED", "Send multipart/form-data with one file", { field: "file" });
      await deps.uploadLimit(request.userId);
      const part = await request.file().catch(badForm);
      if (!part) throw new ChatError("VALIDATION_FAILED", "The form has no file", { field: "file" });
      const file = await attachments.upload(request.userId, {
        // As browsers write it in a form's headers (WHATWG HTML, 4.10.21.8).
        name: part.filename.replace(/%22/g, '"').replace(/%0[ad]/gi, ""),
        bytes: whole(request, part.file),
      });
      return reply.code(201).send(file);
    },
  );
  app.get(
    "/attachments/:id",
    {
      schema: {
        tags,
        summary: "A short-lived link to a file's bytes",
        operationId: "getAttachment",
        params: AttachmentId,
        response: { 200: AttachmentLink },
      },
    },
    async (request) => available(deps.attachments).link(request.userId, request.params.id),
  );
}

/** What the parser throws is the form's fault; its own limits are named where problems are. */
function badForm(error: unknown): never {
  const named = error instanceof Error && "code" in error && String(error.code).startsWith("FST_");
  if (named || error instanceof ChatError) throw error;
  throw new ChatError("VALIDATION_FAILED", "The body is no whole multipart/form-data", {
    field: "file",
    cause: error,
  });
}

/** A file's bytes; a connection that ended before the form did is an error, never a shorter file. */
async function* whole(request: FastifyRequest, file: AsyncIterable<Buffer> & { truncated?: boolean }) {
  try {
    for await (const chunk of file) yield chunk;
  } catch (error) {
    badForm(error);
  }
  if (request.raw.destroyed && !request.raw.complete)
    throw new ChatError("VALIDATION_FAILED", "The upload was cut off", { field: "file" });
}

const LinkQuery = z.object({
  user: UserId,
  expires: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  signature: z.string().max(64),
  download: z.string().optional().describe("present: always a download, never shown"),
});

/** GET /attachments/:id/content: where links lead. No header is needed, so that an <img> can. */
export function attachmentContentRoute(
  scope: FastifyInstance,
  { attachments }: Pick<AttachmentDependencies, "attachments">,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.get(
    "/attachments/:id/content",
    {
      schema: {
        tags,
        summary: "A file's bytes: where the link of GET /attachments/:id leads",
        description: "Takes `Range`. Pictures, audio and video may be shown; all else is a download.",
        operationId: "readAttachment",
        params: AttachmentId,
        querystring: LinkQuery,
        response: {
          200: z.unknown().describe("The bytes"),
          206: z.unknown().describe("Those that `Range` asks for"),
        },
      },
    },
    async (request, reply) => {
      const opened = await available(attachments).open(request.params.id, request.query);
      return sendBytes(request, reply, opened, request.query.download !== undefined);
    },
  );
}

async function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  { file, left, read }: Opened,
  download: boolean,
): Promise<FastifyReply> {
  const shown = mayBeShown(file.type);
  reply.headers({
    // What a browser might run has no type that it would run, is a download, and would run in a sandbox.
    "content-type": shown ? file.type : "application/octet-stream",
    "content-disposition": contentDisposition(shown && !download ? "inline" : "attachment", file.name),
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "cache-control": `private, max-age=${Math.floor(left)}, immutable`,
    "accept-ranges": "bytes",
    etag: `"${file.id}"`,
  });
  const range = rangeOf(request.headers.range, file.size);
  if (range === "unsatisfiable")
    return reply
      .code(416)
      .headers({ "content-range": `bytes */${file.size}`, "content-length": 0 })
      .send();
  if (range) reply.code(206).header("content-range", `bytes ${range.start}-${range.end}/${file.size}`);
  reply.header("content-length", range ? range.end - range.start + 1 : file.size);
  if (request.method === "HEAD" || file.size === 0) return reply.send(Readable.from([]));
  return reply.send(await read(range));
}
