/**
 * The alerts. `critical` wakes somebody: people are hurt now, or will be in an hour. `warning` waits for the morning.
 * What a lost store does to people is told once, by the store's own alert: the promises' alerts keep quiet meanwhile.
 */
import { burning, slos } from "./slo.ts";

export interface Alert {
  /** In front of it comes "Nexus". Its runbook is docs/runbooks/<in-kebab-case>.md. */
  name: string;
  expr: string;
  for: string;
  severity: "critical" | "warning";
  summary: string;
}

const by = "by (namespace, chat_cluster)";
const on = "on (namespace, chat_cluster)";
const where = "{{ $labels.namespace }}/{{ $labels.chat_cluster }}";
/** Ten minutes longer than the outage, since what it did to people is in the windows for a while. */
const unlessKnown = `unless ${on} (max_over_time(nexus:redis_down:bool[10m]) > 0 or max_over_time(nexus:postgres_down:bool[10m]) > 0 or max_over_time(nexus:no_gateway:bool[10m]) > 0)`;

/** Whether there was enough to judge by: one slow message of five is no trend. */
const enough: Record<string, string> = {
  DeliveryLatency: `and ${on} sum ${by} (increase(nexus_delivery_seconds_count[1h])) > 100`,
};

const promises: Alert[] = slos.flatMap((slo) => {
  const alert = (kind: "fast" | "slow"): Alert => ({
    name: `${slo.name}${kind === "fast" ? "FastBurn" : "SlowBurn"}`,
    expr: [`(${burning(slo, kind)})`, enough[slo.name], kind === "fast" ? unlessKnown : undefined]
      .filter((part) => part !== undefined)
      .join(" "),
    for: kind === "fast" ? "2m" : "15m",
    severity: kind === "fast" ? "critical" : "warning",
    summary:
      kind === "fast"
        ? `${where}: "${slo.title}" is being broken so fast that the month's budget is gone within days`
        : `${where}: "${slo.title}" will not hold this month`,
  });
  return [alert("fast"), alert("slow")];
});

export const alerts: readonly Alert[] = [
  ...promises,
  {
    name: "RedisDown",
    expr: "nexus:redis_down:bool > 0",
    for: "1m",
    severity: "critical",
    summary: `${where}: a process does not reach Redis: messages are kept, but live delivery between gateways stops`,
  },
  {
    name: "PostgresDown",
    expr: "nexus:postgres_down:bool > 0",
    for: "30s",
    severity: "critical",
    summary: `${where}: a process does not reach a Postgres that it can write to: nothing can be sent there`,
  },
  {
    name: "NoGateway",
    expr: "nexus:no_gateway:bool > 0",
    for: "1m",
    severity: "critical",
    summary: `${where}: no gateway answers`,
  },
  {
    name: "GatewayDown",
    expr: 'up{component="gateway"} == 0 unless on (namespace, chat_cluster) nexus:no_gateway:bool > 0',
    for: "2m",
    severity: "warning",
    summary: `${where}: the gateway {{ $labels.pod }} does not answer; its clients are on the others`,
  },
  {
    name: "GatewayRestarting",
    expr: 'changes(process_start_time_seconds{component="gateway"}[30m]) > 2',
    for: "0s",
    severity: "warning",
    summary: `${where}: the gateway {{ $labels.pod }} has started more than twice in half an hour`,
  },
  {
    name: "WorkerDown",
    expr: `max ${by} (up{component="worker"}) == 0`,
    for: "5m",
    severity: "warning",
    summary: `${where}: no worker answers: nothing is pushed, no job is done`,
  },
  {
    name: "PushFailing",
    expr: `sum ${by} (rate(nexus_pushes_total{outcome=~"later|unauthorized|refused"}[5m])) / sum ${by} (rate(nexus_pushes_total[5m])) > 0.5`,
    for: "5m",
    severity: "critical",
    summary: `${where}: more than half of the pushes do not get through to Firebase`,
  },
  {
    name: "JobsLate",
    expr: `max ${by} (nexus_jobs_oldest_seconds) > 120`,
    for: "5m",
    severity: "warning",
    summary: `${where}: the oldest job has been due for {{ $value | humanizeDuration }}`,
  },
  {
    name: "JobsFailing",
    expr: `sum by (namespace, chat_cluster, task) (increase(nexus_jobs_total{outcome="failed"}[30m])) > 5 and sum by (namespace, chat_cluster, task) (increase(nexus_jobs_total{outcome="failed"}[30m])) > 0.1 * sum by (namespace, chat_cluster, task) (increase(nexus_jobs_total[30m]))`,
    for: "5m",
    severity: "warning",
    summary: `${where}: the job {{ $labels.task }} fails again and again`,
  },
  {
    name: "CanaryFailing",
    expr: `min ${by} (nexus_canary_ok) == 0 ${unlessKnown}`,
    for: "1m",
    severity: "critical",
    summary: `${where}: messages of the synthetic users do not arrive, and no store is known to be away`,
  },
  {
    name: "EventLoopLag",
    expr: 'nodejs_eventloop_lag_p99_seconds{component="gateway"} > 0.25',
    for: "5m",
    severity: "warning",
    summary: `${where}: everything on the gateway {{ $labels.pod }} waits {{ $value | humanizeDuration }} for its turn`,
  },
  {
    name: "ConnectionsNearLimit",
    expr: `sum ${by} (nexus_connections) / sum ${by} (nexus_connections_limit) > 0.85`,
    for: "10m",
    severity: "warning",
    summary: `${where}: {{ $value | humanizePercentage }} of the connections that the gateways accept are taken`,
  },
  {
    name: "CommitSlow",
    expr: `histogram_quantile(0.99, sum by (le, namespace, chat_cluster) (rate(nexus_commit_seconds_bucket[5m]))) > 0.5`,
    for: "10m",
    severity: "warning",
    summary: `${where}: Postgres takes {{ $value | humanizeDuration }} to write messages (p99)`,
  },
  {
    name: "PostgresQueueing",
    expr: "nexus_postgres_statements > 5 * nexus_postgres_pool_size",
    for: "2m",
    severity: "warning",
    summary: `${where}: {{ $value }} statements of {{ $labels.pod }} run or wait for a connection`,
  },
  {
    name: "SyncGaps",
    expr: `sum ${by} (rate(nexus_sync_gaps_total[15m])) > 0.01 * sum ${by} (rate(nexus_events_delivered_total[15m])) and sum ${by} (increase(nexus_sync_gaps_total[15m])) > 20 ${unlessKnown}`,
    for: "5m",
    severity: "warning",
    summary: `${where}: clients miss more than 1% of what is delivered live, and catch up by SYNC`,
  },
  {
    name: "OperatorNoLeader",
    expr: "max by (namespace) (nexus_operator_leader) == 0",
    for: "5m",
    severity: "warning",
    summary: "{{ $labels.namespace }}: no operator leads: what runs goes on, what changes is not followed",
  },
  {
    name: "BackupFailing",
    expr: "min by (namespace, cluster, type) (nexus_backup_condition) == 0",
    for: "1h",
    severity: "warning",
    summary:
      "{{ $labels.cluster }}: {{ $labels.type }} of its backups has not been as it should be for an hour",
  },
  {
    name: "OperatorErrors",
    expr: 'sum by (namespace) (rate(nexus_operator_reconciles_total{result="error"}[15m])) > 0.1 * sum by (namespace) (rate(nexus_operator_reconciles_total[15m]))',
    for: "15m",
    severity: "warning",
    summary: "{{ $labels.namespace }}: the operator's work fails at the API server again and again",
  },
];
