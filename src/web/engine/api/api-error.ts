import type { ErrorCode } from "../../../protocol/errors.ts";

/** A request that came to nothing: what the server said, or why it could not be asked. `message` is for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode | "ABORTED" | "UNREACHABLE";
  readonly field: string | undefined;
  /** Seconds until the same request may succeed. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ApiError["code"],
    message: string,
    { field, retryAfter }: { field?: string | undefined; retryAfter?: number | undefined } = {},
  ) {
    super(message);
    this.code = code;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

/** Whether the same request may succeed later, by its code: as in the protocol's table, which a test compares. */
export function mayRetry(code: ErrorCode): boolean {
  return code === "UNAVAILABLE" || code === "RATE_LIMIT_EXCEEDED" || code === "INTERNAL";
}

export function aborted(): ApiError {
  return new ApiError("ABORTED", "This was cancelled");
}

export function unreachable(): ApiError {
  return new ApiError("UNREACHABLE", "The server cannot be reached; check the connection and try again");
}

/** The error in an answer's body: a problem document, or whatever a proxy made of it. */
export function errorOf(status: number, body: unknown): ApiError {
  const { code, detail, field, retryAfter } = (body ?? {}) as Record<string, unknown>;
  if (typeof code === "string" && typeof detail === "string")
    return new ApiError(code as ErrorCode, detail, {
      field: typeof field === "string" ? field : undefined,
      retryAfter: typeof retryAfter === "number" ? retryAfter : undefined,
    });
  if (status === 413) return new ApiError("PAYLOAD_TOO_LARGE", "This is too large to be sent");
  if (status === 429) return new ApiError("RATE_LIMIT_EXCEEDED", "Too many requests; wait a little");
  return new ApiError(status >= 500 ? "UNAVAILABLE" : "INTERNAL", `The server answered ${status}; try again`);
}
