import { beforeAll, expect, test } from "vitest";
import { list, read } from "../support/api.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { operatorMetric } from "../support/operator.ts";
import { kubectl } from "../support/program.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { becomes, type Condition, chat, install, pods, ready, testSpec } from "../support/release.ts";
import { credentials, putCredentials, reachable, repository, startS3 } from "../support/s3.ts";
import { underTraffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

// Backups into an S3 server, brought back: what they are for. Each test goes on from the one before.
const namespace = ownNamespace("backup");
const ns = namespace.name;
const isTrue = (found: Condition) => found.status === "True";
const minute = { timeoutMs: 60_000 };

beforeAll(async () => {
  await startS3(ns);
  await install(ns, { spec: { postgres: { storage: { size: "1Gi" }, backup: { repository } } } });
  await ready(ns);
});

/** What a statement answers, in the pod of Postgres that takes writes. */
async function sql(statement: string, pod = `${chat}-postgres-0`): Promise<string> {
  const psql = ["psql", "-h", "/tmp", "-U", "nexus", "-d", "nexus", "-qAtX", "-c", statement];
  return (await kubectl(["-n", ns, "exec", pod, "-c", "postgres", "--", ...psql])).trim();
}

/** How many messages there are, and a fingerprint of all of them. */
const everything = "select count(*), md5(string_agg(id || content || seq, ',' order by id)) from messages";
const status = async (name = chat) => (await read("ChatCluster", ns, name))?.status;

async function runNow(cronJob: string): Promise<void> {
  const job = `${cronJob}-${Date.now().toString(36)}`;
  await kubectl(["-n", ns, "create", "job", `--from=cronjob/${cronJob}`, job]);
}

test("the first backup is taken by itself, and the log is archived", async () => {
  keepOnFailure(namespace);
  await becomes(ns, "LastBackup", isTrue);
  await becomes(ns, "ContinuousArchiving", isTrue);
  expect((await status())?.backup).toMatchObject({ backups: 1, lastBackup: { type: "full" } });
});

test("a restore drill brings everything back, and says how long it took", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(
    ns,
    async () => {
      await runNow(`${chat}-backup-diff`);
      await until("a second backup", async () => (await status())?.backup?.backups === 2, {
        timeoutMs: 180_000,
      });
    },
    { clients: 16, rate: 20 },
  );
  expectPromisesKept(report);
  const archived = String(
    await sql("select to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"),
  );
  await until("all of it is archived", async () => (await status())?.backup?.recoverableUntil > archived, {
    timeoutMs: 120_000,
  });
  await runNow(`${chat}-drill`);
  const told = await becomes(ns, "LastRestoreDrill", (found) => found.reason !== "Waiting");
  expect(told).toMatchObject({ status: "True", reason: "Passed" });
  const messages = Number(await sql("select count(*) from messages"));
  const { lastRestoreDrill } = (await status())?.backup ?? {};
  expect(lastRestoreDrill).toMatchObject({ messages, lostSeconds: 0 });
  const [operator] = await pods(ns, "operator");
  const measured = await operatorMetric(ns, String(operator?.metadata.name), "nexus_restore_drill_seconds");
  expect(measured).toBe(lastRestoreDrill.seconds);
  console.log(told.message);
});

test("the messages are dropped, and brought back as of the moment before into a new ChatCluster", async () => {
  keepOnFailure(namespace);
  const before = await sql(everything);
  // Written in between, so that there is something after the moment.
  const moment = await sql(
    "select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
  );
  await sql("select pg_sleep(1); drop table messages cascade; select pg_switch_wal()");
  const spec = testSpec({
    gateway: { replicas: 1 },
    postgres: {
      topology: "ha",
      replicas: 2,
      storage: { size: "1Gi" },
      backup: { repository },
      bootstrap: { recovery: { source: chat, repository, targetTime: moment } },
    },
  });
  const cluster = {
    apiVersion: "nexus.chat/v1alpha1",
    kind: "ChatCluster",
    metadata: { name: "back" },
    spec,
  };
  await kubectl(["-n", ns, "apply", "-f", "-"], { input: JSON.stringify(cluster) });
  await ready(ns, { name: "back", timeoutMs: 400_000 });
  expect(await sql(everything, "back-postgres-0")).toBe(before);
  // And it is backed up itself, under its own name.
  await becomes(ns, "LastBackup", isTrue, { name: "back", timeoutMs: 300_000 });
});

test("after a failover backups are taken from the new primary", async () => {
  keepOnFailure(namespace);
  await kubectl(["-n", ns, "delete", "pod", "back-postgres-0", "--wait=false"]);
  await until(
    "the other primary",
    async () => (await status("back"))?.postgres?.primary === "back-postgres-1",
    minute,
  );
  await ready(ns, { name: "back", timeoutMs: 240_000 });
  await runNow("back-backup-full");
  await until("a second backup", async () => (await status("back"))?.backup?.backups === 2, {
    timeoutMs: 240_000,
  });
  await kubectl(["-n", ns, "delete", "chatcluster", "back", "--wait=false"]);
});

test("wrong credentials and an unreachable storage are told within a minute, and that they are mended", async () => {
  keepOnFailure(namespace);
  await putCredentials(ns, { ...credentials, "secret-access-key": "wrong" });
  const refused = await becomes(
    ns,
    "ContinuousArchiving",
    ({ reason }) => reason === "CredentialsRefused",
    minute,
  );
  expect(refused.message).toContain('"storage"');
  await putCredentials(ns, credentials);
  await becomes(ns, "ContinuousArchiving", isTrue, { timeoutMs: 180_000 });
  await reachable(ns, false);
  await becomes(ns, "ContinuousArchiving", ({ reason }) => reason === "Unreachable", minute);
  await reachable(ns, true);
  await becomes(ns, "ContinuousArchiving", isTrue, { timeoutMs: 180_000 });
  // It was never the chat's affair.
  await ready(ns);
});

test("without backups in the spec nothing of them is left but what was taken", async () => {
  keepOnFailure(namespace);
  await kubectl([
    "-n",
    ns,
    "patch",
    "chat",
    chat,
    "--type=json",
    "-p",
    '[{"op":"remove","path":"/spec/postgres/backup"}]',
  ]);
  await becomes(ns, "ContinuousArchiving", ({ reason }) => reason === "NotConfigured");
  const left = async () => {
    const found = await Promise.all(
      (["Deployment", "Role", "NetworkPolicy"] as const).map((kind) =>
        list(kind, ns, `nexus.chat/cluster=${chat}`),
      ),
    );
    return found.flat().filter(({ metadata }) => metadata.name.includes("backup"));
  };
  await until("their objects have gone", async () => (await left()).length === 0);
});
