import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { allowedEdges, importCycles, localImports, roomViolations } from "./rooms.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

async function readSource(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const folder of ["src", "operator"])
    for (const name of await readdir(`${root}${folder}`, { recursive: true }))
      if (/\.tsx?$/.test(name))
        files.set(`${folder}/${name}`, await readFile(`${root}${folder}/${name}`, "utf8"));
  return files;
}

test("the rooms of the source import each other only in the allowed directions", async () => {
  expect(roomViolations(await readSource())).toEqual([]);
});

test("no files of the source import each other in a circle", async () => {
  expect(importCycles(await readSource())).toEqual([]);
});

test("the table itself has no circle", () => {
  const rooms = new Map(
    Object.entries(allowedEdges).map(([room, edges]) => {
      const up = "../".repeat(room.split("/").length);
      const lines = Array.isArray(edges) ? edges.map((edge) => `import "${up}${edge}/room.ts";`) : [];
      return [`${room}/room.ts`, lines.join("\n")] as const;
    }),
  );
  expect(importCycles(rooms)).toEqual([]);
});

function violations(path: string, text: string): string[] {
  return roomViolations(new Map([[path, text]]));
}

test.each([
  ["src/store/users.ts", 'import { send } from "../messaging/send-message.ts";'],
  ["src/store/users.ts", 'import type { Send } from "../messaging/send-message.ts";'],
  ["src/store/users.ts", 'export * from "../messaging/send-message.ts";'],
  ["src/store/users.ts", 'const { send } = await import("../messaging/send-message.ts");'],
  ["src/store/users.ts", 'import "../messaging/send-message.ts";'],
  ["src/messaging/send.ts", 'import {\n  push,\n} from "../push/fcm.ts";'],
  ["src/web/app.tsx", 'import { settings } from "../config/settings.ts";'],
  ["src/chat/main.ts", 'import { migrate } from "../store/migrate.ts";'],
  ["src/engines/redis.ts", 'import { log } from "../telemetry/logger.ts";'],
  ["src/gateway/main.ts", 'import { startRedis } from "../engines/redis.ts";'],
  ["src/worker/main.ts", 'import { drain } from "../gateway/drain.ts";'],
  ["src/dev/stack.ts", 'import { drain } from "../gateway/drain.ts";'],
  ["src/bus/redis.ts", 'import { run } from "../../bench/run.ts";'],
  ["src/helpers/misc.ts", ""],
  ["src/gateway/main.ts", "const port = process.env.PORT;"],
  ["src/dev/stack.ts", "const port = process.env.PORT;"],
  ["operator/kube/queue.ts", 'import { plan } from "../plan/plan.ts";'],
  ["operator/plan/plan.ts", 'import type { View } from "../controller/view.ts";'],
  ["operator/topologies/redis/desired.ts", 'import { createClient } from "../../kube/client.ts";'],
  ["operator/api/chat-cluster.ts", 'import { connectPostgres } from "../../src/store/client.ts";'],
  ["operator/controller/act.ts", 'import { loadOperatorConfig } from "../config.ts";'],
  ["operator/main.ts", 'import { connectPostgres } from "../src/store/client.ts";'],
  ["src/gateway/main.ts", 'import { parseChatCluster } from "../../operator/api/chat-cluster.ts";'],
  ["operator/helpers/misc.ts", ""],
  ["operator/metrics.ts", "const port = process.env.PORT;"],
])("a planted violation is found: %s with %j", (path, text) => {
  expect(violations(path, text)).toHaveLength(1);
});

test.each([
  ["src/messaging/send.ts", 'import { sql } from "../store/client.ts";\nimport { pack } from "./pack.ts";'],
  ["src/dev/main.ts", 'import { startPostgres } from "../engines/postgres.ts";\nprocess.env.PORT;'],
  ["src/config/load.ts", "loadConfig(process.env);"],
  ["operator/config.ts", 'import { ConfigError } from "../src/config/load.ts";\nloadConfig(process.env);'],
  ["operator/main.ts", 'import { loadOperatorConfig } from "./config.ts";\nimport "./controller/act.ts";'],
  ["src/store/users.pg.test.ts", 'import { testDatabase } from "../testing/pg/test-database.ts";'],
  ["src/store/users.ts", '// import { send } from "../messaging/send-message.ts"; process.env'],
  [
    "src/store/users.ts",
    '/* import "../messaging/send-message.ts"; */ const url = "http://a/b"; // from "../bus/x"',
  ],
])("what is allowed is let through: %s with %j", (path, text) => {
  expect(violations(path, text)).toEqual([]);
});

test("a planted circle is found, through any number of files, and named", () => {
  const files = new Map([
    ["src/store/a.ts", 'import { b } from "./b.ts";'],
    ["src/store/b.ts", 'import type { C } from "./deep/c.ts";'],
    ["src/store/deep/c.ts", 'import { a } from "../a.ts";'],
    ["src/store/d.ts", 'import { a } from "./a.ts";'],
  ]);
  expect(importCycles(files)).toEqual([
    "src/store/a.ts → src/store/b.ts → src/store/deep/c.ts → src/store/a.ts",
  ]);
});

test("imports are found in every form", () => {
  const text = `import a, { b } from "./a.ts";\nexport { c } from './b.ts';\nimport "./c.ts";\nawait import("./d.ts");\nimport x from "postgres";`;
  expect(localImports("src/x/y.ts", text)).toEqual(["src/x/a.ts", "src/x/b.ts", "src/x/c.ts", "src/x/d.ts"]);
});
