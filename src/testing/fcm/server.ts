/**
 * A local server that plays Google's OAuth and FCM v1 endpoints, and is as strict: see oauth.ts and
 * message-schema.ts. Point a process at it with `env` (a new one) or `redirect()` (this one).
 */
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { selfSigned } from "./certificate.ts";
import { type Answer, fcmError, frontError } from "./faults.ts";
import { type FcmMessage, MOST_BYTES, payloadBytes, SendRequest } from "./message-schema.ts";
import { createOAuth } from "./oauth.ts";
import { googleHosts, redirectGoogle } from "./redirect.ts";
import { createScreens } from "./screens.ts";

export type FcmServer = Awaited<ReturnType<typeof startFcm>>;

/** What a send is answered with instead of success. */
export type Fault = (message: FcmMessage) => Answer | undefined;

const preload = fileURLToPath(new URL("./preload/main.ts", import.meta.url));
const registrationToken = /^[\w:-]{20,}$/;

/** Starts it on a free port of this machine. */
export async function startFcm(options: { projectId?: string } = {}) {
  const projectId = options.projectId ?? "nexus-test";
  const certificate = selfSigned(googleHosts);
  const oauth = createOAuth(projectId);
  const screens = createScreens();
  const unregistered = new Set<string>();
  const sessions = new Set<Http2Session>();
  /** `latency`: ms that an answer takes on average. */
  const state = {
    fault: undefined as Fault | undefined,
    latency: 0,
    requests: 0,
    /** Sends to a topic, which were asked to be validated alone. */
    validated: 0,
    refused: [] as string[],
  };

  const server = createSecureServer(
    { ...certificate, allowHTTP1: true, settings: { maxConcurrentStreams: 100 } },
    (request, response) => {
      answer(request)
        .then((reply) => write(response, reply))
        .catch((error: unknown) => write(response, { status: 500, body: String(error) }));
    },
  );
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });

  async function answer(request: Http2ServerRequest): Promise<Answer> {
    let text = "";
    for await (const chunk of request) text += chunk;
    if (request.url === "/token" && request.method === "POST") return oauth.grant(new URLSearchParams(text));
    state.requests++;
    const reply = await send(request, text);
    if (reply.status !== 200 && reply.status < 500) state.refused.push(JSON.stringify(reply.body));
    return reply;
  }

  async function send(request: Http2ServerRequest, text: string): Promise<Answer> {
    const [, bearer = ""] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    if (!oauth.isGood(bearer))
      return frontError(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token.",
      );
    if (request.method !== "POST" || !request.url.startsWith("/v1/projects/"))
      return frontError(404, "NOT_FOUND", "Not found");
    if (request.url !== `/v1/projects/${projectId}/messages:send`)
      return frontError(403, "PERMISSION_DENIED", "Permission denied on resource project.");
    const parsed = SendRequest.safeParse(JSON.parse(text));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = issue?.path.join(".") ?? "";
      return frontError(400, "INVALID_ARGUMENT", `Invalid JSON payload received: ${issue?.message}`, field);
    }
    const { message, validate_only: dry } = parsed.data;
    if ((message.token === undefined) === (message.topic === undefined))
      return frontError(400, "INVALID_ARGUMENT", "Exactly one of token, topic or condition is required");
    if (message.topic !== undefined) {
      // Nobody here subscribes to topics: only what is not sent is expected.
      state.validated++;
      const fault = state.fault?.(message as FcmMessage);
      return fault ?? (dry ? accepted() : fcmError("INVALID_ARGUMENT", { field: "message.topic" }));
    }
    if (!isForDevice(message) || !registrationToken.test(message.token))
      return fcmError("INVALID_ARGUMENT", {
        field: "message.token",
        message: "The registration token is not a valid FCM registration token",
      });
    if (payloadBytes(message) > MOST_BYTES)
      return fcmError("INVALID_ARGUMENT", { field: "message", message: "Message payload is too big" });
    if (state.latency > 0)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * state.latency));
    const fault = state.fault?.(message);
    if (fault) return fault;
    if (unregistered.has(message.token))
      return fcmError("UNREGISTERED", { message: "Requested entity was not found." });
    if (!dry) screens.show(message);
    return accepted();
  }
  const accepted = (): Answer => ({
    status: 200,
    body: { name: `projects/${projectId}/messages/0:${state.requests}` },
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const redirection = { port: (server.address() as AddressInfo).port, ca: certificate.cert };

  return {
    projectId,
    oauth,
    screens,
    state,
    /** Tokens of apps that were uninstalled. */
    unregistered,
    /** For a process that is to take this for Google. */
    env: { FAKE_FCM: JSON.stringify(redirection), NODE_OPTIONS: `--import=${preload}` },
    /** This process takes it for Google from now on. @returns how to undo it. */
    redirect: () => redirectGoogle(redirection),
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

function isForDevice(message: { token?: string | undefined }): message is FcmMessage {
  return message.token !== undefined;
}

function write(response: Http2ServerResponse, reply: Answer): void {
  if (reply.reset) {
    response.stream?.close(2); // INTERNAL_ERROR
    return;
  }
  const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
  const type = typeof reply.body === "string" ? "text/html" : "application/json; charset=UTF-8";
  response.writeHead(reply.status, { "content-type": type, ...reply.headers });
  response.end(text);
}
