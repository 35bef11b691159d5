import Registry from "prom-client/lib/registry.js";
import { expect, test } from "vitest";
import type { ChatClusterStatus } from "./api/chat-cluster.ts";
import { createBackupMetrics } from "./backup-metrics.ts";

const moment = "2026-01-01T00:00:00Z";
const told = (type: "LastBackup" | "LastRestoreDrill", status: "True" | "False", reason: string) => ({
  type,
  status,
  reason,
  message: "",
  lastTransitionTime: moment,
});
const status: ChatClusterStatus = {
  conditions: [told("LastBackup", "True", "BackupTaken"), told("LastRestoreDrill", "False", "NotConfigured")],
  backup: { lastRestoreDrill: { at: moment, seconds: 7.4, newestMessageAge: 2.2 } },
};

test("the last drill's figures are metrics of their chat cluster, until it has gone", async () => {
  const registry = new Registry();
  const metrics = createBackupMetrics(registry);
  metrics.tell("chat", "team", status);
  const text = await registry.metrics();
  expect(text).toContain('nexus_restore_drill_seconds{namespace="chat",cluster="team"} 7.4');
  expect(text).toContain(
    `nexus_last_restore_drill_timestamp_seconds{namespace="chat",cluster="team"} 1767225600`,
  );
  expect(text).toContain('nexus_backup_condition{namespace="chat",cluster="team",type="LastBackup"} 1');
  expect(text).not.toContain("LastRestoreDrill");
  expect(text).not.toContain("nexus_backup_bytes{");
  metrics.tell("chat", "team", undefined);
  expect(await registry.metrics()).not.toContain("team");
});
