import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { pino } from "pino";
import { openAttachments } from "../../attachments/open-storage.ts";
import type { Delivery } from "../../bus/delivery.ts";
import { createLimits } from "../../bus/limits.ts";
import type { Identity } from "../../identity/identity.ts";
import { testIdentity } from "../../identity/testing-identity.ts";
import type { TellMembership } from "../../messaging/change-conversation.ts";
import { createDirects } from "../../messaging/directs.ts";
import { createMessageSender } from "../../messaging/send-message.ts";
import { createSendWriter } from "../../messaging/send-writer.ts";
import { primaryReader } from "../../store/replica-reads.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { createRestApp } from "./app.ts";

export interface TestApp extends AsyncDisposable {
  url: string;
  sql: ReturnType<typeof testIdentity>["sql"];
  /** What went to the log so far, as JSON lines. */
  log(): string;
  /** What was handed over for delivery. */
  delivered: Delivery[];
  /** What was told of members who came and went. */
  memberships: Parameters<TellMembership>[0][];
  state: { draining: boolean; redis: boolean };
}

/** The REST application on a port of its own over a test's database; everything real but the delivery. */
export async function startTestApp(
  databaseUrl: string,
  options: {
    settings?: Record<string, string>;
    authenticate?: Identity["authenticate"];
    limits?: Parameters<typeof testIdentity>[2];
  } = {},
): Promise<TestApp> {
  const { sql, config, identity, ...rest } = testIdentity(databaseUrl, options.settings, options.limits);
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const delivered: Delivery[] = [];
  const deliver = (delivery: Delivery) => void delivered.push(delivery);
  const state = { draining: false, redis: true };
  const directs = createDirects(sql);
  const memberships: Parameters<TellMembership>[0][] = [];
  const maxLength = config.MAX_MESSAGE_LENGTH;
  const app = await createRestApp({
    config,
    log: pino({ level: "info" }, sink),
    metrics: createMetrics(),
    sql,
    reader: primaryReader(sql),
    identity: { ...identity, authenticate: options.authenticate ?? identity.authenticate },
    sender: createMessageSender({
      sql,
      writer: createSendWriter(sql, { interval: 0 }),
      limit: () => undefined,
      deliver,
      directs,
      maxLength,
    }),
    changes: { sql, deliver, maxLength },
    conversations: {
      sql,
      deliver,
      directs,
      tellMembership: async (change) => void memberships.push(change),
    },
    attachments: await openAttachments(config, sql),
    uploadLimit: createLimits(config, undefined, createMetrics()).upload,
    isDraining: () => state.draining,
    isRedisReady: () => state.redis,
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    sql,
    log: () => lines.join(""),
    delivered,
    memberships,
    state,
    async [Symbol.asyncDispose]() {
      await app.close();
      await rest[Symbol.asyncDispose]();
    },
  };
}
