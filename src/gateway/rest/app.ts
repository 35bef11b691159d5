/**
 * REST: Fastify with the protocol's schemas. Handlers are thin: a declaration and one call of identity or
 * messaging. Invariants: every failure is a problem document of the closed catalogue, without a stack or
 * SQL; whoever is not signed in is refused before their body is read; nothing a client sent is logged.
 */
import cors from "@fastify/cors";
import { type FastifyInstance, fastify } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import type { Config } from "../../config/settings.ts";
import type { Identity } from "../../identity/identity.ts";
import type { ConversationDependencies } from "../../messaging/change-conversation.ts";
import type { ChangeDependencies } from "../../messaging/change-message.ts";
import type { MessageSender } from "../../messaging/send-message.ts";
import type { Sql } from "../../store/client.ts";
import type { Reader } from "../../store/replica-reads.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import {
  type AttachmentDependencies,
  attachmentContentRoute,
  attachmentRoutes,
  UPLOAD_TIMEOUT,
} from "./attachment-routes.ts";
import { authRoutes } from "./auth-routes.ts";
import { requireBearer } from "./authentication.ts";
import { type ClientSettings, clientConfigRoute } from "./client-config-route.ts";
import { conversationRoutes } from "./conversation-routes.ts";
import { countRequests } from "./count-requests.ts";
import { answerBrokenHttp, answerUnknownRoutes, createErrorHandler } from "./errors.ts";
import { healthRoutes } from "./health-routes.ts";
import { historyRoutes } from "./history-routes.ts";
import { readJsonBodies } from "./json-body.ts";
import { messageRoutes } from "./message-routes.ts";
import { notificationRoutes } from "./notification-routes.ts";
import { serveOpenApi } from "./openapi.ts";
import { participantRoutes } from "./participant-routes.ts";
import { searchRoutes } from "./search-routes.ts";
import { sendSecurityHeaders } from "./security-headers.ts";
import { syncRoutes } from "./sync-routes.ts";
import { traceIdOf } from "./trace-id.ts";
import { userRoutes } from "./user-routes.ts";
import { serveWebClient } from "./web-client.ts";

export interface RestDependencies extends AttachmentDependencies {
  config: Pick<Config, "FRONTEND_URL" | "TRUST_PROXY"> & ClientSettings;
  log: Logger;
  metrics: Pick<Metrics, "requestFailed" | "requestAnswered" | "restAnswered" | "messageAcknowledged">;
  sql: Sql;
  reader: Reader;
  identity: Identity;
  sender: MessageSender;
  changes: ChangeDependencies;
  conversations: ConversationDependencies;
  /** From then on /readyz says no, so that no new work is sent here. */
  isDraining(): boolean;
  isRedisReady(): boolean;
}

/** Largest body, in bytes. */
const BODY_LIMIT = 2 ** 20;
/** How long a request's headers may take to arrive, in ms. */
const ARRIVAL_TIMEOUT = 30_000;
/** How long it may take from then on until it is answered, its body included, unless its route says otherwise. */
const ANSWER_TIMEOUT = 25_000;
/** Longer than the idle time-outs of usual load balancers (60 s), which must be the ones to hang up. */
const KEEP_ALIVE_TIMEOUT = 75_000;
/** A user's id has up to 128 characters, of which each may be 12 when percent-encoded. */
const MAX_PARAMETER_LENGTH = 128 * 12;

/** The REST application, not yet listening; the socket is attached to its `server`. `close()` it to stop. */
export async function createRestApp(deps: RestDependencies): Promise<FastifyInstance> {
  const onError = createErrorHandler(deps.log, deps.metrics);
  const app: FastifyInstance = fastify({
    logger: false, // errors are logged by the error handler, without what the client sent
    bodyLimit: BODY_LIMIT,
    requestTimeout: ARRIVAL_TIMEOUT + UPLOAD_TIMEOUT,
    handlerTimeout: ANSWER_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    trustProxy: deps.config.TRUST_PROXY,
    return503OnClosing: false, // its answer would be no problem document; draining is told by /readyz
    genReqId: (request) => traceIdOf(request.headers),
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
    clientErrorHandler: answerBrokenHttp,
  });
  app.server.headersTimeout = ARRIVAL_TIMEOUT;
  app.setValidatorCompiler(validatorCompiler);
  // Handlers' types are checked against the response schemas, so checking each answer again would only cost.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(onError);
  app.decorateRequest("userId", "");
  readJsonBodies(app);
  sendSecurityHeaders(app);
  answerUnknownRoutes(app, deps.metrics);
  countRequests(app, deps);
  await app.register(cors, {
    origin: deps.config.FRONTEND_URL.includes("*") ? "*" : deps.config.FRONTEND_URL,
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowedHeaders: ["authorization", "content-type", "range", "traceparent"],
    exposedHeaders: ["link", "retry-after"],
    maxAge: 600,
  });
  await serveOpenApi(app);
  await serveWebClient(app, deps.log);
  healthRoutes(app, deps);
  clientConfigRoute(app, deps);
  authRoutes(app, deps.identity);
  attachmentContentRoute(app, deps);
  await app.register(async (scope) => {
    requireBearer(scope, deps.identity);
    userRoutes(scope, deps);
    notificationRoutes(scope, deps);
    messageRoutes(scope, deps);
    historyRoutes(scope, deps);
    searchRoutes(scope, deps);
    syncRoutes(scope, deps);
    conversationRoutes(scope, deps);
    participantRoutes(scope, deps);
    await attachmentRoutes(scope, deps);
  });
  await app.ready();
  return app;
}
