/** Whether Firebase takes an account: a send through firebase-admin that it only validates. Nobody is told anything. */
import * as z from "zod";
import { openApp } from "./app.ts";
import type { ServiceAccount } from "./service-account.ts";

export const AccountVerdict = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("accepted") }),
  /** The account or its key is not good. */
  z.object({ kind: z.literal("refused"), code: z.string() }),
  /** The account is good, but may not send for its project, or the project is not there. */
  z.object({ kind: z.literal("denied"), code: z.string() }),
  /** Nobody said anything about the account. */
  z.object({ kind: z.literal("unreachable"), code: z.string() }),
]);
/** `code` is one of Google's or of the system's: "invalid_grant", "SERVICE_DISABLED", "ENOTFOUND"; never a text of theirs. */
export type AccountVerdict = z.infer<typeof AccountVerdict>;

/** A topic that nobody subscribes to, since a send must name somebody. */
const TOPIC = "nexus-credentials-check";

/** Asks Firebase once. Never rejects; what it takes longest is firebase-admin's affair: 15 s for a call, with retries. */
export async function checkAccount(account: ServiceAccount): Promise<AccountVerdict> {
  try {
    const app = await openApp(account);
    const { getMessaging } = await import("firebase-admin/messaging");
    await getMessaging(app).send({ topic: TOPIC }, true);
    return { kind: "accepted" };
  } catch (error) {
    return verdictOf(error);
  }
}

const Failure = z.object({
  cause: z.object({ code: z.unknown(), message: z.unknown() }).partial().optional().catch(undefined),
  httpResponse: z
    .object({ status: z.number(), data: z.unknown() })
    .partial({ data: true })
    .optional()
    .catch(undefined),
});
const Answer = z.object({
  error: z.object({
    status: z.string().optional(),
    details: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
  }),
});

/** From what firebase-admin throws (14.5): Firebase's own answer, or what kept the access token from being fetched. */
function verdictOf(error: unknown): AccountVerdict {
  const { cause, httpResponse } = Failure.safeParse(error).data ?? {};
  if (httpResponse) {
    const { status, data } = httpResponse;
    const answer = Answer.safeParse(data).data?.error;
    const detail = answer?.details?.find(({ reason }) => reason !== undefined)?.reason;
    const code = word(detail) ?? word(answer?.status) ?? `HTTP ${status}`;
    if (status === 401) return { kind: "refused", code };
    if (status === 403 || status === 404) return { kind: "denied", code };
    return { kind: "unreachable", code };
  }
  // Google's answer to the signed assertion: "invalid_grant: Invalid JWT Signature."
  const oauth = /\b(invalid_\w+|unauthorized_client|access_denied|disabled_client)\b/.exec(
    String(cause?.message ?? (error instanceof Error ? error.message : "")),
  )?.[1];
  if (oauth !== undefined) return { kind: "refused", code: oauth };
  return { kind: "unreachable", code: word(cause?.code) ?? codeIn(error) ?? "no answer" };
}

/** Something that is one word, and so no secret. */
function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[A-Za-z][A-Za-z0-9_]{2,60}$/.test(value) ? value : undefined;
}

function codeIn(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : "";
  return /\b(E[A-Z]{2,}(?:_[A-Z]+)?|[A-Z]+(?:_[A-Z]+)*_CERT\w*)\b/.exec(message)?.[1];
}
