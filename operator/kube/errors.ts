/** What the API server answered instead of what was asked, or that it did not answer at all (`status` 0). */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly status: number;
  /** One word such as `NotFound`, `Conflict`, `Expired`, `Forbidden`, `Invalid`; `Unreachable` without an answer. */
  readonly reason: string;
  /** The server's request to wait, in ms. */
  readonly retryAfter: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfter?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

export function isStatus(error: unknown, ...statuses: number[]): error is KubeError {
  return error instanceof KubeError && statuses.includes(error.status);
}

/**
 * Whether the same call may well succeed a little later though nothing was changed: no answer, a busy server, a write
 * that another one crossed. 500 is not among them: a failing admission webhook answers so, and people must hear of it.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  return error.status === 0 || error.status === 429 || error.status > 500 || error.reason === "Conflict";
}

interface StatusBody {
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number };
}

/** The error in a response: its body is a `Status` as a rule, but a proxy in between may have written anything. */
export function errorOf(status: number, body: string, what: string): KubeError {
  let parsed: StatusBody = {};
  try {
    parsed = JSON.parse(body) as StatusBody;
  } catch {
    parsed = { message: body.slice(0, 200) };
  }
  const seconds = parsed.details?.retryAfterSeconds;
  return new KubeError(
    status,
    parsed.reason || `Http${status}`,
    parsed.message || `${what} was answered with ${status}`,
    seconds === undefined ? undefined : seconds * 1000,
  );
}
