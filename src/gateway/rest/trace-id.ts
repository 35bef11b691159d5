import { randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const traceparent = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's trace id (W3C Trace Context), or a new one. */
export function traceIdOf(headers: IncomingHttpHeaders): string {
  const given = headers.traceparent;
  const [, id] = (typeof given === "string" && traceparent.exec(given)) || [];
  return id ?? randomBytes(16).toString("hex");
}
