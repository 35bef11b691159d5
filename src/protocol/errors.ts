/**
 * The closed catalogue of errors. A code tells a client what to do: mend the request, sign in,
 * wait `retryAfter` seconds, or try the same again.
 */
import * as z from "zod";

export const errorCodes = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "VALIDATION_FAILED",
  "CONFLICT",
  "RATE_LIMIT_EXCEEDED",
  "PAYLOAD_TOO_LARGE",
  "MODERATION_REJECTED",
  "UNAVAILABLE",
  "INTERNAL",
] as const;

export const ErrorCode = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** What each code is over HTTP, and whether the same request may succeed later. */
export const errorKinds: Record<ErrorCode, { status: number; title: string; retry: boolean }> = {
  UNAUTHENTICATED: { status: 401, title: "Not signed in", retry: false },
  FORBIDDEN: { status: 403, title: "Not allowed", retry: false },
  NOT_FOUND: { status: 404, title: "Not found", retry: false },
  VALIDATION_FAILED: { status: 400, title: "Invalid request", retry: false },
  CONFLICT: { status: 409, title: "Conflict", retry: false },
  RATE_LIMIT_EXCEEDED: { status: 429, title: "Too many requests", retry: true },
  PAYLOAD_TOO_LARGE: { status: 413, title: "Too large", retry: false },
  MODERATION_REJECTED: { status: 422, title: "Rejected by moderation", retry: false },
  UNAVAILABLE: { status: 503, title: "Temporarily unavailable", retry: true },
  INTERNAL: { status: 500, title: "Internal error", retry: true },
};

/** An error that may be shown to a client as it is: its message holds no secret and no stack. */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly code: ErrorCode;
  /** Seconds until the same request may succeed. */
  readonly retryAfter: number | undefined;
  /** The field at fault, as a path ("content", "conversations.7f…"). */
  readonly field: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryAfter?: number; field?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.field = options.field;
  }
}

/** The error of a failed acknowledgement. */
export const WireError = z.object({
  code: ErrorCode,
  message: z.string(),
  field: z.string().optional(),
  retryAfter: z.number().optional().describe("seconds"),
  traceId: z.string().optional().describe("with INTERNAL: what to quote when you report it"),
});
export type WireError = z.infer<typeof WireError>;

/** RFC 9457 problem document with the code beside. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: ErrorCode,
  field: z.string().optional(),
  retryAfter: z.number().optional(),
  traceId: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;
