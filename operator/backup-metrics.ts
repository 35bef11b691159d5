/** Backups of all chat clusters as metrics, from what their status says. */
import Gauge from "prom-client/lib/gauge.js";
import type Registry from "prom-client/lib/registry.js";
import type { ChatClusterStatus } from "./api/chat-cluster.ts";

type Figures = NonNullable<ChatClusterStatus["backup"]>;

const labelNames = ["namespace", "cluster"] as const;

/** Seconds since 1970, as Prometheus wants times. */
const seconds = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time) / 1000);

const gauges: Readonly<Record<string, { help: string; of: (figures: Figures) => number | undefined }>> = {
  first_recoverability_timestamp_seconds: {
    help: "Any moment since then can be restored",
    of: ({ firstRecoverabilityPoint }) => seconds(firstRecoverabilityPoint),
  },
  recoverable_until_timestamp_seconds: {
    help: "When the log of changes was last archived",
    of: ({ recoverableUntil }) => seconds(recoverableUntil),
  },
  last_backup_timestamp_seconds: {
    help: "When the last backup that succeeded was complete",
    of: ({ lastBackup }) => seconds(lastBackup?.at),
  },
  backup_bytes: { help: "What all backups take, compressed", of: ({ bytes }) => bytes },
  last_restore_drill_timestamp_seconds: {
    help: "When the last restore drill that brought something back began",
    of: ({ lastRestoreDrill }) => seconds(lastRestoreDrill?.at),
  },
  restore_drill_seconds: {
    help: "Time to recover, measured by the last restore drill",
    of: ({ lastRestoreDrill }) => lastRestoreDrill?.seconds,
  },
  restore_drill_newest_message_age_seconds: {
    help: "How old the newest message was that came back in the last restore drill",
    of: ({ lastRestoreDrill }) => lastRestoreDrill?.newestMessageAge,
  },
  restore_drill_lost_seconds: {
    help: "What a disaster at the last restore drill would have lost",
    of: ({ lastRestoreDrill }) => lastRestoreDrill?.lostSeconds,
  },
};

const conditions = ["ContinuousArchiving", "LastBackup", "LastRestoreDrill"] as const;

export interface BackupMetrics {
  /** A chat cluster's new status; undefined when it has gone. Figures that are not known have no series. */
  tell(namespace: string, cluster: string, status: ChatClusterStatus | undefined): void;
  /** Another operator leads now, and tells. */
  forget(): void;
}

export function createBackupMetrics(registry: Registry): BackupMetrics {
  const registers = [registry];
  const made = Object.entries(gauges).map(([name, { help, of }]) => ({
    gauge: new Gauge({ name: `nexus_${name}`, help, labelNames, registers }),
    of,
  }));
  const state = new Gauge({
    name: "nexus_backup_condition",
    help: "1 while the condition about backups is True; no series while they are not configured",
    labelNames: [...labelNames, "type"] as const,
    registers,
  });
  return {
    tell(namespace, cluster, status) {
      const labels = { namespace, cluster };
      for (const { gauge, of } of made) {
        const value = status?.backup && of(status.backup);
        if (value === undefined) gauge.remove(labels);
        else gauge.set(labels, value);
      }
      for (const type of conditions) {
        const condition = status?.conditions.find((one) => one.type === type);
        if (condition === undefined || condition.reason === "NotConfigured")
          state.remove({ ...labels, type });
        else state.set({ ...labels, type }, condition.status === "True" ? 1 : 0);
      }
    },
    forget() {
      for (const gauge of [state, ...made.map((one) => one.gauge)]) gauge.reset();
    },
  };
}
