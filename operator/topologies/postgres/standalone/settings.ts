/** postgresql.conf, tuned to the memory limit. What it does not name has Postgres' own default. */
import { amountOf } from "../../common/quantity.ts";

const clamp = (value: number, least: number, most: number) =>
  Math.floor(Math.min(most, Math.max(least, value)));

/**
 * @param memoryMiB the pod's memory limit.
 * @param storage size of the volume, as a quantity.
 * @param parameters the person's, over ours.
 */
export function postgresqlConf(
  memoryMiB: number,
  storage: string,
  parameters: Readonly<Record<string, string>> = {},
): string {
  const settings = postgresqlSettings(memoryMiB, storage, parameters);
  const lines = Object.keys(settings)
    .sort()
    .map((name) => `${name} = '${String(settings[name]).replaceAll("\\", "\\\\").replaceAll("'", "''")}'`);
  return `${lines.join("\n")}\n`;
}

/** The same as names and values. */
export function postgresqlSettings(
  memoryMiB: number,
  storage: string,
  parameters: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const storageMiB = amountOf(storage) / 2 ** 20;
  const maxWal = clamp(storageMiB / 10, 64, 4096);
  return {
    // About 10 connections for each gateway and as many for the workers; one costs 2–10 MB.
    max_connections: String(clamp(memoryMiB / 5, 50, 1000)),
    shared_buffers: `${clamp(memoryMiB / 4, 32, 32_768)}MB`,
    effective_cache_size: `${clamp(memoryMiB * 0.6, 64, 1_048_576)}MB`,
    maintenance_work_mem: `${clamp(memoryMiB / 16, 16, 2048)}MB`,
    work_mem: "4MB",
    wal_compression: "on",
    min_wal_size: `${clamp(maxWal / 4, 32, 1024)}MB`,
    max_wal_size: `${maxWal}MB`,
    checkpoint_timeout: "15min",
    checkpoint_completion_target: "0.9",
    random_page_cost: "1.1",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    // A client that vanished holds nothing for long.
    idle_in_transaction_session_timeout: "60s",
    tcp_keepalives_idle: "60",
    tcp_keepalives_interval: "10",
    tcp_keepalives_count: "3",
    // Nothing that users wrote goes to the log: neither failed statements nor the values that violate a constraint.
    log_error_verbosity: "terse",
    log_min_error_statement: "panic",
    log_checkpoints: "off",
    log_line_prefix: "%m [%p] %q%a ",
    ...parameters,
  };
}
