import { loadConfig } from "../../src/config/load.ts";
import { createRestApp } from "../../src/gateway/rest/app.ts";
import { createIdentity } from "../../src/identity/identity.ts";
import { createMessageSender } from "../../src/messaging/send-message.ts";
import { createSendWriter } from "../../src/messaging/send-writer.ts";
import { connectPostgres } from "../../src/store/client.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

/** The OpenAPI 3.1 document as GET /openapi.json serves it. Nothing is listened on and nothing connected to. */
export async function openApiDocument(): Promise<object> {
  const config = loadConfig({
    DATABASE_URL: "postgres://nobody@localhost:1/nothing",
    JWT_SECRET: "only-to-describe-the-routes-no-token-is-made",
    PASSWORD_SCRYPT_COST: "1024",
  });
  const sql = connectPostgres(config.DATABASE_URL, { name: "docs", pool: 1, statementTimeout: 1000 });
  const writer = createSendWriter(sql, { interval: 0 });
  const common = { sql, deliver: () => {}, maxLength: config.MAX_MESSAGE_LENGTH };
  const app = await createRestApp({
    config,
    log: createLogger({ level: "silent", name: "docs" }),
    metrics: createMetrics(),
    sql,
    identity: createIdentity({
      sql,
      config,
      limits: { login: () => undefined, loginSucceeded: async () => {} },
    }),
    sender: createMessageSender({ ...common, writer, limit: () => undefined, cacheTtl: 0 }),
    changes: common,
    isDraining: () => false,
    isRedisReady: () => false,
  });
  try {
    return app.swagger();
  } finally {
    await app.close();
    await sql.end();
  }
}
