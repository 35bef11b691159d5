/** A gateway: REST and socket. Wires everything, and stops it in order. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { openAttachments } from "../attachments/open-storage.ts";
import { createClusterBus } from "../bus/adapter.ts";
import { userRoom } from "../bus/delivery.ts";
import { createLimits } from "../bus/limits.ts";
import { observeCommands } from "../bus/observe-commands.ts";
import { connectRedis, isReady, onReconnected, primaryOf, type RedisClient } from "../bus/redis.ts";
import { ConfigError, loadConfig } from "../config/load.ts";
import type { Config } from "../config/settings.ts";
import { createIdentity } from "../identity/identity.ts";
import { audience } from "../messaging/audience.ts";
import { createConversationLookup } from "../messaging/conversation-lookup.ts";
import { createDirects } from "../messaging/directs.ts";
import { createPointers } from "../messaging/pointers.ts";
import { createMessageSender } from "../messaging/send-message.ts";
import { createSendWriter } from "../messaging/send-writer.ts";
import { asChatError, connectPostgres, isOutage, type Sql } from "../store/client.ts";
import { startDatabaseClock } from "../store/clock.ts";
import { checkSchema, SchemaError } from "../store/migrate.ts";
import { observeStatements } from "../store/observe-statements.ts";
import { createReplicaReader, primaryReader, type Reader } from "../store/replica-reads.ts";
import { waitForPostgres } from "../store/wait-for-postgres.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { serveMetrics } from "../telemetry/metrics-server.ts";
import { startTraces } from "../telemetry/start-traces.ts";
import { drainConnections } from "./drain.ts";
import { createHealth } from "./health.ts";
import { createMessageLimit } from "./message-limit.ts";
import { createPresence } from "./presence/presence.ts";
import { createRestApp } from "./rest/app.ts";
import { createClusterEvents } from "./socket/cluster-events.ts";
import { createConfirmations } from "./socket/confirmations.ts";
import { createDeliverer, type Deliverer } from "./socket/deliver.ts";
import { watchConnections } from "./socket/disconnect.ts";
import { guardHandshakes } from "./socket/handshake.ts";
import { createRooms } from "./socket/rooms.ts";
import { createSocketServer, serveConnections } from "./socket/server.ts";
import { createTyping } from "./typing.ts";

/** Kept of the grace period for what comes after the sockets, in ms. */
const RESERVE = 3000;
/** How long REST requests under way may take to end, in ms. */
const LAST_REQUESTS = 1000;

async function run(config: Config, log: Logger, gatewayId: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const stopped = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopped.abort(signal));

  const metrics = createMetrics();
  metrics.connectionLimit(config.WS_MAX_CONNECTIONS);
  const traces = stack.use(await startTraces(config, { service: "gateway", instance: gatewayId, log }));
  // First of all, so that probes find a living process while it waits for Postgres.
  stack.use(await serveMetrics(metrics, { port: config.METRICS_PORT, host: config.HOST }));
  const { sql, underWay } = observeStatements(
    connectPostgres(config.DATABASE_URL, {
      name: gatewayId,
      pool: config.DATABASE_POOL,
      statementTimeout: config.DATABASE_STATEMENT_TIMEOUT,
    }),
    metrics.statementEnded,
  );
  metrics.watchPool(config.DATABASE_POOL, underWay);
  stack.defer(() => sql.end({ timeout: 5 }));
  await waitForPostgres(
    () => checkSchema(sql),
    stopped.signal,
    (error) => log.warn({ err: error }, "waiting for Postgres"),
  );

  const reader = openReader(config, sql, gatewayId, metrics, stack);

  const clock = await startDatabaseClock(sql);
  stack.defer(() => clock.stop());

  const redisFailed = (error: Error) => log.warn({ reason: error.message }, "redis");
  const commands = connectRedis(config, "commands", redisFailed);
  const publisher = connectRedis(config, "adapter", redisFailed);
  const subscriber =
    config.REDIS_ADAPTER === "sharded" ? connectRedis(config, "subscriber", redisFailed) : publisher;
  for (const client of new Set([commands, publisher, subscriber]))
    if (client) stack.defer(() => client.disconnect());
  if (commands) observeCommands(commands, (...told) => metrics.redisAnswered("commands", ...told));
  if (publisher) observeCommands(publisher, (...told) => metrics.redisAnswered("adapter", ...told));

  const limits = createLimits(config, commands, metrics);
  const identity = createIdentity({
    sql,
    config,
    limits: limits.logins,
    onLook: (hit) => metrics.cacheAsked("tokens", hit),
  });
  const directs = createDirects(sql, (hit) => metrics.cacheAsked("directs", hit));
  const conversations = createConversationLookup({
    sql,
    directs,
    cacheTtl: config.CACHE_TTL,
    hears: () => bus.connected,
    onLook: (hit) => metrics.cacheAsked("access", hit),
  });

  // The domain speaks through the deliverer, which needs the server, which needs the REST app, which needs the domain.
  let deliverer: Deliverer | undefined;
  const deliver: Deliverer["deliver"] = (delivery) => deliverer?.deliver(delivery);
  const previews = config.LINK_PREVIEWS;
  const changes = { sql, deliver, maxLength: config.MAX_MESSAGE_LENGTH, previews };
  let writable = true;
  const writer = createSendWriter(sql, {
    interval: config.SEND_BATCH_INTERVAL,
    onBatch(size, seconds) {
      metrics.batchWritten(size, seconds);
      if (writable) return;
      writable = true;
      metrics.postgresWritable(true);
      log.info("messages are written again");
    },
    onError(error, size) {
      writable &&= !isOutage(error);
      metrics.postgresWritable(writable);
      log.warn({ err: error, size }, "messages could not be written; trying again");
    },
  });
  metrics.watchSends(writer.waiting);
  const limit = createMessageLimit(config, limits, conversations);
  const sender = createMessageSender({
    sql,
    writer,
    limit,
    deliver,
    directs,
    maxLength: config.MAX_MESSAGE_LENGTH,
    previews,
    traces,
  });
  const pointers = createPointers({
    sql,
    deliver,
    onError: (error) => log.warn({ err: error }, "confirmations could not be written"),
  });
  stack.defer(() => pointers.flush());

  const attachments = await openAttachments(config, sql);
  const app = await createRestApp({
    attachments,
    uploadLimit: limits.upload,
    config,
    log,
    metrics,
    sql,
    reader,
    identity,
    sender,
    changes,
    conversations: {
      sql,
      deliver,
      directs,
      tellMembership: (change) => clusterEvents.membershipChanged(change),
    },
    isDraining: () => stopped.signal.aborted,
    isRedisReady: () => commands === undefined || isReady(commands),
  });
  const bus = createClusterBus(config, publisher && subscriber && { publisher, subscriber }, {
    now: clock.now,
    received(deliveries, at) {
      deliverer?.receive(deliveries);
      if (at !== undefined && deliveries.length > 0) metrics.packetArrived((clock.now() - at) / 1000);
    },
    passing(packet, hand) {
      deliverer?.pass(packet, hand);
      if (packet.at !== undefined) metrics.packetArrived((clock.now() - packet.at) / 1000);
    },
    lost: metrics.eventsLost,
  });
  const confirmations = createConfirmations(clock.now, metrics);
  const { io, namespace } = createSocketServer(app.server, config, bus.adapter);
  const rooms = createRooms(namespace, sql, log);
  deliverer = createDeliverer({ namespace, bus, rooms, metrics, confirmations, traces });
  const clusterEvents = createClusterEvents({
    namespace,
    bus,
    rooms,
    log,
    metrics,
    onMembership: ({ conversationId }) => conversations.forget(conversationId),
  });
  const typing = createTyping((conversationId, userId, isTyping) => {
    conversations.access(userId, conversationId).then(
      (access) =>
        deliver({
          event: "USER_TYPING",
          payload: { userId, conversationId, isTyping },
          rooms: audience({ ...access, conversationId }),
          except: [userRoom(userId)],
          ...(access.directLow === null && { membersVersion: access.membersVersion }),
        }),
      () => {}, // no access any more: nobody is to be told
    );
  });
  stack.defer(() => typing.close());
  const presence = createPresence({
    sql,
    redis: commands,
    config,
    gatewayId,
    log,
    announce: (deliveries) => deliveries.forEach(deliver),
  });
  stack.defer(() => presence.stop());

  metrics.redisState(isReady(commands));
  let primary: string | undefined;
  const reconnected = (client: RedisClient) => {
    metrics.redisState(true);
    const found = primaryOf(client);
    log.info({ primary: found, ...(primary !== undefined && { before: primary }) }, "redis is there");
    if (primary !== undefined && primary !== found) metrics.redisSwitched();
    primary = found;
    conversations.forgetAll();
    rooms.revalidate().catch((error) => log.warn({ err: asChatError(error) }, "rooms could not be checked"));
  };
  if (commands) stack.defer(onReconnected(commands, () => reconnected(commands)));
  commands?.on("close", () => metrics.redisState(false));

  // Not at the signal: until load balancers have taken this gateway out, clients are still sent here.
  let draining = false;
  guardHandshakes(namespace, {
    identity,
    maxConnections: config.WS_MAX_CONNECTIONS,
    isDraining: () => draining,
    clock,
    log,
    metrics,
  });
  serveConnections(namespace, {
    gatewayId,
    rooms,
    presence,
    typing,
    deviceConnected: clusterEvents.deviceConnected,
    log,
    metrics,
    dispatch: {
      reader,
      sender,
      changes,
      pointers,
      conversations,
      typing,
      online: (callerId, userIds) => presence.online(userIds, callerId),
      health: createHealth(sql, commands),
      confirmations,
      log,
      metrics,
    },
  });
  stack.defer(watchConnections(namespace, config.WS_IDLE_TIMEOUT, metrics));

  await app.listen({ port: config.PORT, host: config.HOST });
  log.info({ port: config.PORT, metricsPort: config.METRICS_PORT, gatewayId }, "gateway is ready");

  if (!stopped.signal.aborted) await once(stopped.signal, "abort");
  log.info({ signal: stopped.signal.reason }, "stopping");
  metrics.drainBegan();
  const deadline = setTimeout(() => {
    log.error("the grace period is over: leaving with work undone");
    process.exit(1); // the one place: whatever hangs must not keep the process
  }, config.SHUTDOWN_GRACE);
  deadline.unref();
  await delay(config.DRAIN_DELAY);
  draining = true;
  await drainConnections(
    namespace,
    Math.max(0, config.SHUTDOWN_GRACE - config.DRAIN_DELAY - RESERVE),
    log,
    metrics,
  );
  deliverer.flush();
  io.engine.close();
  const stragglers = setTimeout(() => app.server.closeAllConnections(), LAST_REQUESTS).unref();
  await app.close(); // waits for connections on which no request ever came, too
  clearTimeout(stragglers);
  bus.close();
}

/** Reads go to DATABASE_READ_URL where that is proven to make no difference. */
function openReader(
  config: Config,
  primary: Sql,
  name: string,
  metrics: Metrics,
  stack: AsyncDisposableStack,
): Reader {
  const url = config.DATABASE_READ_URL;
  if (url === undefined) return primaryReader(primary);
  const options = { name, pool: 1, replica: true, statementTimeout: config.DATABASE_STATEMENT_TIMEOUT };
  const reader = createReplicaReader({
    primary,
    connect: (onclose) => connectPostgres(url, { ...options, onclose }),
    lanes: config.DATABASE_POOL,
    onRead: metrics.readAt,
    onLag: metrics.replicaBehind,
  });
  stack.defer(() => reader.end());
  return reader;
}

try {
  const config = loadConfig();
  const gatewayId = config.GATEWAY_ID ?? `${hostname()}-${randomBytes(3).toString("hex")}`;
  const log = createLogger({ level: config.LOG_LEVEL, name: "gateway", instance: gatewayId });
  try {
    await run(config, log, gatewayId);
    log.info("stopped");
  } catch (error) {
    log.fatal({ err: error }, error instanceof SchemaError ? error.message : "the gateway cannot run");
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
