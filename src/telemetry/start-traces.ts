import type { Logger } from "./logger.ts";
import { noTraces, type Traces } from "./traces.ts";

export interface TraceSettings {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_TRACES_SAMPLER_ARG: number;
}

/**
 * Begins tracing if the settings say so. Dispose to send what is left.
 * @param process what the resource tells: `service` is "gateway" or "worker".
 */
export async function startTraces(
  settings: TraceSettings,
  process: { service: string; instance: string; log: Logger },
): Promise<Traces> {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  const share = settings.OTEL_TRACES_SAMPLER_ARG;
  if (endpoint === undefined || share === 0) return noTraces;
  const { openTelemetry } = await import("./open-telemetry.ts");
  process.log.info({ endpoint: new URL(endpoint).origin, share }, "messages are traced");
  return openTelemetry({ endpoint, share, ...process });
}
