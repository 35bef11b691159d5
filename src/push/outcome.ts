/**
 * What became of one push, told from Firebase's own answer.
 *
 * Not from firebase-admin's code: that calls a 404 of a wrong project id "registration-token-not-registered" as
 * well (14.5, `MESSAGING_SERVER_TO_CLIENT_CODE`), and we would forget every device.
 */
import * as z from "zod";

export type Outcome =
  | { kind: "sent" }
  /** The token is of no use any more. */
  | { kind: "gone" }
  /** The same may go later: after `after` ms, or when we think fit. */
  | { kind: "later"; after?: number; limited: boolean }
  /** Our credentials are not accepted: nobody's fault but ours, and all pushes will fail alike. */
  | { kind: "unauthorized"; reason: string }
  /** It will not go, and the token is not to blame: a fault of ours or of the project's set-up. */
  | { kind: "refused"; reason: string };

const FcmAnswer = z.object({
  error: z.object({
    status: z.string().optional(),
    message: z.string().optional(),
    details: z
      .array(
        z.looseObject({
          "@type": z.string().optional(),
          errorCode: z.string().optional(),
          fieldViolations: z.array(z.looseObject({ field: z.string().optional() })).optional(),
        }),
      )
      .optional(),
  }),
});

interface HttpResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  data: unknown;
}

/** What a failed send means; `now` in ms since 1970. */
export function judgeFailure(error: unknown, now: number): Outcome {
  const reason = error instanceof Error ? error.message.slice(0, 300) : String(error);
  const response = responseOf(error);
  if (!response) {
    // No answer of Firebase's: the token could not be fetched, or nobody was reached.
    return /invalid-credential|app\/invalid/.test(codeOf(error))
      ? { kind: "unauthorized", reason }
      : { kind: "later", limited: false };
  }
  const answer = FcmAnswer.safeParse(response.data).data?.error;
  const code = answer?.details?.find((detail) => detail.errorCode !== undefined)?.errorCode;
  const after = retryAfterOf(response, now);
  const later = { ...(after !== undefined && { after }) };
  switch (code) {
    case "UNREGISTERED":
      return { kind: "gone" };
    case "INVALID_ARGUMENT": {
      const fields = (answer?.details ?? []).flatMap((detail) => detail.fieldViolations ?? []);
      // With a fault in another field the token may be good: then it is our payload that is not.
      return fields.every((violation) => violation.field === "message.token")
        ? { kind: "gone" }
        : { kind: "refused", reason };
    }
    case "SENDER_ID_MISMATCH":
      return { kind: "refused", reason: `the token is of another Firebase project: ${reason}` };
    case "THIRD_PARTY_AUTH_ERROR":
      return { kind: "refused", reason: `Firebase has no valid APNs or web push key: ${reason}` };
  }
  if (response.status === 429) return { kind: "later", limited: true, ...later };
  if (response.status === 401 || response.status === 403) return { kind: "unauthorized", reason };
  if (response.status === 404) return { kind: "unauthorized", reason: `is the project id right? ${reason}` };
  if (response.status === 400) return { kind: "refused", reason };
  return { kind: "later", limited: false, ...later };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function responseOf(error: unknown): HttpResponse | undefined {
  if (!(error instanceof Error) || !("httpResponse" in error)) return undefined;
  const response = error.httpResponse as HttpResponse | undefined;
  return typeof response?.status === "number" ? response : undefined;
}

/** Retry-After in ms: seconds, or a date. */
function retryAfterOf(response: HttpResponse, now: number): number | undefined {
  const header = response.headers?.["retry-after"];
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
