/** Prometheus' rules file: what is recorded, and the alerts. */
import { type Alert, alerts } from "./alerts.ts";
import { slos, windows } from "./slo.ts";

export const runbooks = "https://github.com/nexus-chat/nexus/blob/main/docs/runbooks";

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface RuleGroups {
  groups: { name: string; interval?: string; rules: Rule[] }[];
}

const by = "by (namespace, chat_cluster)";

/** `NexusRedisDown` → `redis-down`. */
export function runbookOf({ name }: Pick<Alert, "name">): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** All rules, as the file that `promtool check rules` reads and the PrometheusRule holds. */
export function ruleGroups(): RuleGroups {
  return {
    groups: [
      {
        name: "nexus.state",
        rules: [
          { record: "nexus:redis_down:bool", expr: `max ${by} (1 - nexus_redis_up)` },
          {
            record: "nexus:postgres_down:bool",
            expr: `1 - min ${by} (nexus_postgres_up) * min ${by} (nexus_postgres_writable)`,
          },
          { record: "nexus:no_gateway:bool", expr: `1 - max ${by} (up{component="gateway"})` },
        ],
      },
      ...slos.map((slo) => ({
        name: `nexus.slo.${slo.name.toLowerCase()}`,
        rules: windows.map((window) => ({ record: slo.record(window), expr: slo.share(window) })),
      })),
      { name: "nexus.alerts", rules: alerts.map(asRule) },
    ],
  };
}

function asRule(alert: Alert): Rule {
  return {
    alert: `Nexus${alert.name}`,
    expr: alert.expr,
    ...(alert.for !== "0s" && { for: alert.for }),
    labels: { severity: alert.severity },
    annotations: { summary: alert.summary, runbook_url: `${runbooks}/${runbookOf(alert)}.md` },
  };
}
