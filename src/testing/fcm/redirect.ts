/**
 * Leads connections to Google's hosts to a local server, as a hosts file and a CA of one's own would. firebase-admin
 * stays as it is: it has these addresses built in (14.5: `FCM_SEND_HOST`, and google-auth-library's
 * `GOOGLE_TOKEN_URL`; a service account's `token_uri` is not read), and checks the certificate as always.
 */
import { createRequire } from "node:module";

export interface Redirection {
  port: number;
  /** PEM of the certificate that the local server has for these hosts. */
  ca: string;
}

export const googleHosts = ["fcm.googleapis.com", "oauth2.googleapis.com"] as const;

type Connect = (...args: unknown[]) => unknown;

/**
 * firebase-admin names the scheme "https:" instead of "https" (firebase/firebase-admin-node #2865). Google does not
 * mind, but nghttp2, of which Node's server is made, ends such a stream. Nothing but this is put right on the way.
 */
function tolerateScheme(): () => void {
  const http2 = createRequire(import.meta.url)("node:http2") as { connect: Connect };
  const original = http2.connect;
  http2.connect = (...args) => {
    const session = original(...args) as { request: Connect };
    const { request } = session;
    session.request = (headers, ...rest) => {
      const named = headers as Record<string, unknown>;
      const scheme = named[":scheme"] === "https:" ? "https" : named[":scheme"];
      return request.call(session, { ...named, ":scheme": scheme }, ...rest);
    };
    return session;
  };
  return () => {
    http2.connect = original;
  };
}

/** From now on, in this process. @returns how to undo it. */
export function redirectGoogle({ port, ca }: Redirection): () => void {
  // The module as Node's own https and http2 have it.
  const tls = createRequire(import.meta.url)("node:tls") as { connect: Connect };
  const original = tls.connect;
  const restoreScheme = tolerateScheme();
  tls.connect = (...args) => {
    const callback = args.findLast((arg) => typeof arg === "function");
    const options = Object.assign({}, ...args.filter((arg) => typeof arg === "object" && arg !== null));
    if (typeof args[0] === "number") options.port = args[0];
    if (typeof args[1] === "string") options.host = args[1];
    const host: unknown = options.servername || options.host;
    if (typeof host !== "string" || !(googleHosts as readonly string[]).includes(host))
      return original(...args);
    const local = { ...options, host: "127.0.0.1", port, servername: host, ca, path: undefined };
    return callback ? original(local, callback) : original(local);
  };
  return () => {
    tls.connect = original;
    restoreScheme();
  };
}
