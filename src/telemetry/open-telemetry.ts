/** Traces by OpenTelemetry's SDK, sent over OTLP/HTTP. Only traces.ts loads this, and only where they are wanted. */

import { randomBytes } from "node:crypto";
import {
  type Span as ApiSpan,
  SpanKind as ApiSpanKind,
  type Context,
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";
import type { Logger } from "./logger.ts";
import {
  type Attributes,
  isTraced,
  type Span,
  type SpanKind,
  type Traces,
  traceIdOfMessage,
} from "./traces.ts";

const kinds: Record<SpanKind, ApiSpanKind> = {
  server: ApiSpanKind.SERVER,
  client: ApiSpanKind.CLIENT,
  producer: ApiSpanKind.PRODUCER,
  consumer: ApiSpanKind.CONSUMER,
};
const parentPattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/;
/** How long the last spans may take to be sent at the end, in ms. */
const LAST_EXPORT = 2000;

export interface TracingOptions {
  endpoint: string;
  /** Of all messages, 0 to 1. */
  share: number;
  service: string;
  instance: string;
  log: Logger;
}

export function openTelemetry({ endpoint, share, service, instance, log }: TracingOptions): Traces {
  /** What the next span is to be called, instead of something random. */
  let ids: { traceId: string; spanId: string } | undefined;
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resourceFromAttributes({
      "service.name": `nexus-${service}`,
      "service.namespace": "nexus",
      "service.instance.id": instance,
    }),
    traceExporter: new OTLPTraceExporter({
      url: `${endpoint.replace(/\/$/, "")}/v1/traces`,
      timeoutMillis: 5000,
    }),
    idGenerator: {
      generateTraceId: () => ids?.traceId ?? randomBytes(16).toString("hex"),
      generateSpanId: () => ids?.spanId ?? randomBytes(8).toString("hex"),
    },
    // All of it by hand: patched libraries would cost each statement and each packet, traced or not.
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const tracer = trace.getTracer("nexus");

  function start(
    name: string,
    kind: SpanKind,
    attributes: Attributes | undefined,
    parent: Context,
    startTime?: number,
  ): Span {
    const root = parent === ROOT_CONTEXT;
    const made = tracer.startSpan(
      name,
      { kind: kinds[kind], ...(attributes && { attributes }), ...(startTime && { startTime }), root },
      parent,
    );
    return wrap(made, name);
  }

  function wrap(span: ApiSpan, name: string): Span {
    const { traceId, spanId } = span.spanContext();
    return {
      traceId,
      traceparent: `00-${traceId}-${spanId}-01`,
      child: (childName, kind, attributes, startedAt) =>
        start(childName, kind, attributes, trace.setSpan(ROOT_CONTEXT, span), startedAt),
      set: (attributes) => void span.setAttributes(attributes),
      end(error) {
        if (error === undefined) log.debug({ traceId, spanId, span: name }, "traced");
        else {
          const type = codeOf(error);
          span.setAttribute("error.type", type);
          span.setStatus({ code: SpanStatusCode.ERROR });
          log.info({ traceId, spanId, span: name, code: type }, "a traced step failed");
        }
        span.end();
      },
    };
  }

  function remote(traceId: string, spanId: string): Context {
    return trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: TraceFlags.SAMPLED,
      isRemote: true,
    });
  }

  return {
    open(messageId, name, attributes, startedAt) {
      if (!isTraced(messageId, share)) return undefined;
      const traceId = traceIdOfMessage(messageId);
      ids = { traceId, spanId: rootOf(traceId) };
      try {
        return start(
          name,
          "server",
          { ...attributes, "messaging.message.id": messageId },
          ROOT_CONTEXT,
          startedAt,
        );
      } finally {
        ids = undefined;
      }
    },
    resume(messageId, name, kind, attributes) {
      if (!isTraced(messageId, share)) return undefined;
      const traceId = traceIdOfMessage(messageId);
      return start(
        name,
        kind,
        { ...attributes, "messaging.message.id": messageId },
        remote(traceId, rootOf(traceId)),
      );
    },
    follow(traceparent, name, kind, attributes) {
      const [, traceId, spanId] = parentPattern.exec(traceparent) ?? [];
      if (traceId === undefined || spanId === undefined) return undefined;
      return start(name, kind, attributes, remote(traceId, spanId));
    },
    async [Symbol.asyncDispose]() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LAST_EXPORT);
      });
      await Promise.race([sdk.shutdown().catch(() => {}), late]);
      clearTimeout(timer);
    },
  };
}

/** The id of a message's first span: known to whoever knows the message. */
function rootOf(traceId: string): string {
  return traceId.slice(16);
}

/** A word of a closed set, never what an error says. */
function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown";
}
