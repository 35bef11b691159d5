/** For each alert: what makes it fire, and what must not. A minute between two samples unless told. */

export interface AlertCase {
  alert: string;
  /** Series and values as promtool notes them; `{}` gets the labels of a chat cluster. */
  fires: Record<string, string>;
  /** What is different when it stays silent. */
  silent: Record<string, string>;
  at: string;
  /** Labels of the alert besides the chat cluster's and the severity. */
  labels?: Record<string, string>;
  /** The alert carries no chat cluster: it is the operator's. */
  operator?: true;
  /** What `$value` is written as. */
  value?: string;
  interval?: string;
}

const pod = { pod: "a" };
const healthy = {
  "nexus_redis_up{}": "1x400",
  "nexus_postgres_up{}": "1x400",
  "nexus_postgres_writable{}": "1x400",
  'up{component="gateway"}': "1x400",
};
const requests = {
  "nexus_requests_total{}": "0+6000x400",
  "nexus_connected_total{}": "0+0x400",
  'nexus_connections_refused_total{code="UNAVAILABLE"}': "0+0x400",
};
const errors = (each: number) => ({ 'nexus_errors_total{code="UNAVAILABLE"}': `0+${each}x400` });
const lost = (each: number) => ({ "nexus_events_unpublished_total{}": `0+${each}x400` });
const slow = (each: number) => ({
  'nexus_delivery_seconds_bucket{le="0.1"}': `0+${1000 - each}x400`,
  "nexus_delivery_seconds_count{}": "0+1000x400",
});
const long = { interval: "10m", at: "30h" };

export const cases: readonly AlertCase[] = [
  {
    alert: "AvailabilityFastBurn",
    fires: { ...healthy, ...requests, ...errors(120) }, // 2%
    silent: errors(20),
    at: "2h",
  },
  {
    alert: "AvailabilityFastBurn", // what a known outage does is the outage's alert
    fires: { ...healthy, ...requests, ...errors(120) },
    silent: { "nexus_postgres_writable{}": "1x100 0x300" },
    at: "2h",
  },
  {
    alert: "AvailabilitySlowBurn",
    fires: { ...healthy, ...requests, ...errors(30) }, // 0.5%
    silent: errors(3),
    ...long,
  },
  {
    alert: "DeliveryLossFastBurn",
    fires: { ...healthy, "nexus_events_published_total{}": "0+100000x400", ...lost(300) },
    silent: lost(50),
    at: "2h",
  },
  {
    alert: "DeliveryLossSlowBurn",
    fires: { ...healthy, "nexus_events_published_total{}": "0+100000x400", ...lost(50) },
    silent: lost(5),
    ...long,
  },
  { alert: "DeliveryLatencyFastBurn", fires: { ...healthy, ...slow(200) }, silent: slow(50), at: "2h" },
  {
    alert: "DeliveryLatencyFastBurn", // too few to judge by
    fires: { ...healthy, ...slow(200) },
    silent: {
      'nexus_delivery_seconds_bucket{le="0.1"}': "0+0x400",
      "nexus_delivery_seconds_count{}": "0+1x400",
    },
    at: "2h",
  },
  { alert: "DeliveryLatencySlowBurn", fires: { ...healthy, ...slow(50) }, silent: slow(5), ...long },
  {
    alert: "RedisDown",
    fires: { 'nexus_redis_up{pod="a"}': "1x5 0x20", 'nexus_redis_up{pod="b"}': "1x25" },
    silent: { 'nexus_redis_up{pod="a"}': "1x25" },
    at: "10m",
  },
  {
    alert: "PostgresDown",
    fires: { ...healthy, "nexus_postgres_writable{}": "1x5 0x20" },
    silent: { "nexus_postgres_writable{}": "1x25" },
    at: "10m",
  },
  {
    alert: "NoGateway",
    fires: { 'up{component="gateway",pod="a"}': "1x5 0x20", 'up{component="gateway",pod="b"}': "0x25" },
    silent: { 'up{component="gateway",pod="a"}': "1x25" },
    at: "10m",
  },
  {
    alert: "GatewayDown",
    fires: { 'up{component="gateway",pod="a"}': "1x5 0x20", 'up{component="gateway",pod="b"}': "1x25" },
    silent: { 'up{component="gateway",pod="b"}': "0x25" }, // then NoGateway says it
    labels: { component: "gateway", ...pod },
    at: "10m",
  },
  {
    alert: "GatewayRestarting",
    fires: { 'process_start_time_seconds{component="gateway",pod="a"}': "1x5 2x5 3x5 4x15" },
    silent: { 'process_start_time_seconds{component="gateway",pod="a"}': "1x5 2x25" },
    labels: { component: "gateway", ...pod },
    at: "25m",
  },
  {
    alert: "WorkerDown",
    fires: { 'up{component="worker",pod="a"}': "1x5 0x20" },
    silent: { 'up{component="worker",pod="b"}': "1x25" },
    at: "20m",
  },
  {
    alert: "PushFailing",
    fires: {
      'nexus_pushes_total{outcome="sent"}': "0+10x30",
      'nexus_pushes_total{outcome="later"}': "0+30x30",
    },
    silent: { 'nexus_pushes_total{outcome="later"}': "0+5x30" },
    at: "20m",
  },
  {
    alert: "JobsLate",
    fires: { "nexus_jobs_oldest_seconds{}": "180x30" },
    silent: { "nexus_jobs_oldest_seconds{}": "30x30" },
    at: "20m",
    value: "3m 0s",
  },
  {
    alert: "JobsFailing",
    fires: {
      'nexus_jobs_total{task="push_notify",outcome="failed"}': "0+2x60",
      'nexus_jobs_total{task="push_notify",outcome="done"}': "0+5x60",
    },
    silent: { 'nexus_jobs_total{task="push_notify",outcome="done"}': "0+500x60" },
    labels: { task: "push_notify" },
    at: "45m",
  },
  {
    alert: "CanaryFailing",
    fires: { ...healthy, "nexus_canary_ok{}": "1x5 0x20" },
    silent: { "nexus_redis_up{}": "1x5 0x20" },
    at: "15m",
  },
  {
    alert: "EventLoopLag",
    fires: { 'nodejs_eventloop_lag_p99_seconds{component="gateway",pod="a"}': "0.5x30" },
    silent: { 'nodejs_eventloop_lag_p99_seconds{component="gateway",pod="a"}': "0.02x30" },
    labels: { component: "gateway", ...pod },
    at: "20m",
    value: "500ms",
  },
  {
    alert: "ConnectionsNearLimit",
    fires: { "nexus_connections{}": "900x30", "nexus_connections_limit{}": "1000x30" },
    silent: { "nexus_connections{}": "500x30" },
    at: "20m",
    value: "90%",
  },
  {
    alert: "CommitSlow",
    fires: {
      'nexus_commit_seconds_bucket{le="0.5"}': "0+0x30",
      'nexus_commit_seconds_bucket{le="1"}': "0+100x30",
      'nexus_commit_seconds_bucket{le="+Inf"}': "0+100x30",
    },
    silent: { 'nexus_commit_seconds_bucket{le="0.5"}': "0+100x30" },
    at: "20m",
    value: "995ms",
  },
  {
    alert: "PostgresQueueing",
    fires: { 'nexus_postgres_statements{pod="a"}': "60x30", 'nexus_postgres_pool_size{pod="a"}': "10x30" },
    silent: { 'nexus_postgres_statements{pod="a"}': "20x30" },
    labels: pod,
    at: "20m",
    value: "60",
  },
  {
    alert: "SyncGaps",
    fires: {
      ...healthy,
      "nexus_sync_gaps_total{}": "0+30x60",
      'nexus_events_delivered_total{event="NEW_MESSAGE"}': "0+1000x60",
    },
    silent: { "nexus_sync_gaps_total{}": "0+3x60" },
    at: "40m",
  },
  {
    alert: "OperatorNoLeader",
    fires: { 'nexus_operator_leader{pod="a"}': "1x5 0x20", 'nexus_operator_leader{pod="b"}': "0x25" },
    silent: { 'nexus_operator_leader{pod="b"}': "0x5 1x20" },
    operator: true,
    at: "20m",
  },
  {
    alert: "BackupFailing",
    fires: { 'nexus_backup_condition{cluster="team",type="LastBackup"}': "1x5 0x90" },
    silent: { 'nexus_backup_condition{cluster="team",type="LastBackup"}': "1x5 0x30 1x60" },
    labels: { cluster: "team", type: "LastBackup" },
    operator: true,
    at: "80m",
  },
  {
    alert: "OperatorErrors",
    fires: {
      'nexus_operator_reconciles_total{result="error"}': "0+5x90",
      'nexus_operator_reconciles_total{result="ok"}': "0+5x90",
    },
    silent: { 'nexus_operator_reconciles_total{result="error"}': "0+0x90" },
    operator: true,
    at: "60m",
  },
];
