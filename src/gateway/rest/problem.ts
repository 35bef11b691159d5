import type { FastifyError } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { ChatError, type ErrorCode, errorKinds, type Problem } from "../../protocol/errors.ts";
import { asChatError } from "../../store/client.ts";

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** Where the meaning of a code is written down; need not be reachable (RFC 9457, 3.1.1). */
const typeOf = (code: ErrorCode) => `urn:nexus:error:${code.toLowerCase().replaceAll("_", "-")}`;

/**
 * What a client may know of an error, as an RFC 9457 problem document. Everything that is not meant for
 * clients becomes INTERNAL with the trace id alone.
 */
export function problemOf(error: unknown, traceId: string): Problem {
  const known = asChatError(error);
  if (known instanceof ChatError)
    return problem(known.code, known.message, {
      ...(known.field !== undefined && { field: known.field }),
      ...(known.retryAfter !== undefined && { retryAfter: known.retryAfter }),
      ...(known.code === "INTERNAL" && { traceId }),
    });
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error);
  const refusal = isFastifyError(error) ? refusals[error.code] : undefined;
  if (refusal) return problem(refusal.code, refusal.detail, refusal.more);
  return problem("INTERNAL", "Something went wrong here; quote the traceId when you report it", { traceId });
}

/** A problem document of its code's kind; `more` adds to it, or gives a more exact status. */
export function problem(code: ErrorCode, detail: string, more: Partial<Problem> = {}): Problem {
  const { status, title } = errorKinds[code];
  return { type: typeOf(code), title, status, detail, code, ...more };
}

function invalid(error: { validation: { instancePath: string; message?: string | undefined }[] }): Problem {
  const first = error.validation[0];
  const field = first?.instancePath.replace(/^\//, "").replaceAll("/", ".");
  const detail = first?.message ?? "not valid";
  return field
    ? problem("VALIDATION_FAILED", `${field}: ${detail}`, { field })
    : problem("VALIDATION_FAILED", detail);
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

interface Refusal {
  code: ErrorCode;
  detail: string;
  more?: Partial<Problem>;
}

/** What Fastify itself refuses a request for. */
const refusals: Partial<Record<string, Refusal>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: "PAYLOAD_TOO_LARGE", detail: "The body is larger than 1 MB" },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "VALIDATION_FAILED",
    detail: "Send JSON, with Content-Type: application/json",
    more: { status: 415, title: "Unsupported media type" },
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: "VALIDATION_FAILED",
    detail: "The body is not as long as Content-Length says",
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: "VALIDATION_FAILED", detail: "The body is not valid JSON" },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: "VALIDATION_FAILED", detail: "The body is empty" },
  FST_FILES_LIMIT: { code: "VALIDATION_FAILED", detail: "Send one file at a time" },
  FST_PARTS_LIMIT: { code: "VALIDATION_FAILED", detail: "The form has too many parts: send one file" },
  FST_FIELDS_LIMIT: { code: "VALIDATION_FAILED", detail: "The form has too many fields: send one file" },
  FST_PROTO_VIOLATION: {
    code: "VALIDATION_FAILED",
    detail: "A field of the form has a name that is not allowed",
  },
  FST_ERR_BAD_URL: { code: "VALIDATION_FAILED", detail: "The address is not a valid URL" },
  FST_ERR_MAX_PARAM_LENGTH: { code: "NOT_FOUND", detail: "There is nothing at this address" },
  FST_ERR_HANDLER_TIMEOUT: {
    code: "UNAVAILABLE",
    detail: "This took too long; try again",
    more: { retryAfter: 5 },
  },
};
