import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import type { Config } from "../../config/settings.ts";
import type { Identity } from "../../identity/identity.ts";
import { ClientConfig } from "../../protocol/client-config.ts";
import type { Logger } from "../../telemetry/logger.ts";

export type ClientSettings = Pick<
  Config,
  | "MAX_MESSAGE_LENGTH"
  | "MAX_FILE_SIZE"
  | "ATTACHMENTS_PATH"
  | "ATTACHMENTS_S3_URL"
  | "FCM_WEB_CONFIG"
  | "FCM_VAPID_KEY"
>;

// Firebase's own names. Whatever else the JSON holds stays here.
const FirebaseOptions = z.object({
  apiKey: z.string(),
  projectId: z.string(),
  messagingSenderId: z.string(),
  appId: z.string(),
});

/** GET /client-config, for everybody: what the web client needs before anybody has signed in. */
export function clientConfigRoute(
  scope: FastifyInstance,
  { config, identity, log }: { config: ClientSettings; identity: Pick<Identity, "accounts">; log: Logger },
): void {
  const answer: ClientConfig = {
    registration: identity.accounts !== undefined,
    maxMessageLength: config.MAX_MESSAGE_LENGTH,
    maxFileSize: (config.ATTACHMENTS_PATH ?? config.ATTACHMENTS_S3_URL) ? config.MAX_FILE_SIZE : 0,
    push: pushOf(config, log),
  };
  scope.withTypeProvider<ZodTypeProvider>().get(
    "/client-config",
    {
      schema: {
        tags: ["operation"],
        summary: "What a client in a browser must know before anybody has signed in",
        operationId: "getClientConfig",
        response: { 200: ClientConfig },
      },
    },
    async (_request, reply) => reply.header("cache-control", "public, max-age=60").send(answer),
  );
}

/** Push for browsers is an extra: what is wrong with it is logged, and ends nothing. */
function pushOf({ FCM_WEB_CONFIG, FCM_VAPID_KEY }: ClientSettings, log: Logger): ClientConfig["push"] {
  if (FCM_WEB_CONFIG === undefined || FCM_VAPID_KEY === undefined) {
    if (FCM_WEB_CONFIG !== undefined || FCM_VAPID_KEY !== undefined)
      log.warn("notifications in browsers are off: set both FCM_WEB_CONFIG and FCM_VAPID_KEY");
    return null;
  }
  const firebase = FirebaseOptions.safeParse(jsonOf(FCM_WEB_CONFIG));
  if (firebase.success) return { firebase: firebase.data, vapidKey: FCM_VAPID_KEY };
  log.warn(
    "notifications in browsers are off: FCM_WEB_CONFIG must be the JSON of the Firebase project's web app (its console, project settings, general)",
  );
  return null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
