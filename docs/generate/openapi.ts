import { loadConfig } from "../../src/config/load.ts";
import { createRestApp } from "../../src/gateway/rest/app.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

/** Routes are described, never called: what only their handlers use is not needed here. */
const uncalled = undefined as never;

/** The OpenAPI 3.1 document as GET /openapi.json serves it. Nothing is listened on and nothing connected to. */
export async function openApiDocument(): Promise<object> {
  const app = await createRestApp({
    config: loadConfig({ DATABASE_URL: "postgres://localhost/none", JWT_SECRET: "-".repeat(32) }),
    log: createLogger({ level: "silent", name: "docs" }),
    metrics: createMetrics(),
    sql: uncalled,
    reader: uncalled,
    identity: { authenticate: uncalled, accounts: undefined },
    sender: uncalled,
    changes: uncalled,
    conversations: uncalled,
    attachments: undefined,
    uploadLimit: uncalled,
    isDraining: uncalled,
    isRedisReady: uncalled,
  });
  try {
    return app.swagger();
  } finally {
    await app.close();
  }
}
