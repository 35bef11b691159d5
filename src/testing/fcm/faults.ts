/** Every error that the documentation of the FCM v1 API names, as Google answers it. */
const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";

const documented = {
  UNSPECIFIED_ERROR: [500, "UNKNOWN"],
  INVALID_ARGUMENT: [400, "INVALID_ARGUMENT"],
  UNREGISTERED: [404, "NOT_FOUND"],
  SENDER_ID_MISMATCH: [403, "PERMISSION_DENIED"],
  QUOTA_EXCEEDED: [429, "RESOURCE_EXHAUSTED"],
  UNAVAILABLE: [503, "UNAVAILABLE"],
  INTERNAL: [500, "INTERNAL"],
  THIRD_PARTY_AUTH_ERROR: [401, "UNAUTHENTICATED"],
} as const;
export type FcmErrorCode = keyof typeof documented;
export const fcmErrorCodes = Object.keys(documented) as FcmErrorCode[];

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: object | string;
  /** Instead of an answer the connection breaks off. */
  reset?: boolean;
}

/** An error of FCM itself. `retryAfter` in seconds; `field`: which field it calls wrong. */
export function fcmError(
  code: FcmErrorCode,
  options: { retryAfter?: number; field?: string; message?: string } = {},
): Answer {
  const [status, name] = documented[code];
  const details: object[] = [{ "@type": FCM_ERROR, errorCode: code }];
  const message = options.message ?? `${code} as documented`;
  if (options.field !== undefined)
    details.push({
      "@type": BAD_REQUEST,
      fieldViolations: [{ field: options.field, description: message }],
    });
  return {
    status,
    ...(options.retryAfter !== undefined && { headers: { "retry-after": String(options.retryAfter) } }),
    body: { error: { code: status, message, status: name, details } },
  };
}

/** An error of Google's front end, before FCM sees the request: it names no FcmError. */
export function frontError(status: number, name: string, message: string, field?: string): Answer {
  const details =
    field === undefined ? [] : [{ "@type": BAD_REQUEST, fieldViolations: [{ field, description: message }] }];
  return { status, body: { error: { code: status, message, status: name, details } } };
}
