import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import type { Logger } from "../../telemetry/logger.ts";

const built = fileURLToPath(new URL("../../../dist/web/", import.meta.url));

/**
 * What the page may do. Scripts and styles are our own files, never inline; pictures and media may also come from
 * where people and attachments have them (https); connections go to this gateway and to Firebase, if push is used.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob: https:",
  "media-src 'self' blob: https:",
  "connect-src 'self' https://fcmregistrations.googleapis.com https://firebaseinstallations.googleapis.com",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
  "cross-origin-opener-policy": "same-origin",
};

/** Names under /assets/ carry their content's hash; everything else is asked for anew. */
function cacheControl(path: string): string {
  return path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

/**
 * Serves the built web client at `/`, with compressed forms where the build made them. Without a build
 * (`npm run build:web`) the gateway serves everything else as before, and says so once.
 */
export async function serveWebClient(app: FastifyInstance, log: Logger, directory = built): Promise<void> {
  try {
    await access(`${directory}/index.html`);
  } catch {
    log.info("the web client is not built (npm run build:web): nothing is served at /");
    return;
  }
  await app.register(fastifyStatic, {
    root: directory,
    // A route for each file that is there now: whatever else is asked for stays a problem document.
    wildcard: false,
    decorateReply: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, path) {
      for (const [name, value] of Object.entries(headers)) reply.header(name, value);
      reply.header("cache-control", cacheControl(path));
    },
  });
}
