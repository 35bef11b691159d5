/**
 * Traces of messages. A message's trace id is its own id without the dashes, so that every process finds the trace
 * of a message that it only knows by name (the worker, seconds later, its push), and all of them decide alike
 * whether it is traced. Between gateways the context travels in the packet, as a `traceparent`.
 *
 * What is not traced costs a comparison; OpenTelemetry is loaded only where an endpoint is set.
 */
export type Attributes = Record<string, string | number | boolean>;

/** What a span is to its parent: `server` was asked, `client` asks, `producer` publishes, `consumer` receives. */
export type SpanKind = "server" | "client" | "producer" | "consumer";

export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** W3C Trace Context, for what comes after this span elsewhere. */
  readonly traceparent: string;
  /** A step within this one. `startedAt` in ms since 1970; now, if it is left out. */
  child(name: string, kind: SpanKind, attributes?: Attributes, startedAt?: number): Span;
  set(attributes: Attributes): void;
  /** Call it once. With an error the step has failed. */
  end(error?: unknown): void;
}

export interface Traces extends AsyncDisposable {
  /** Begins the trace of a message; undefined: this one is not traced. */
  open(messageId: string, name: string, attributes?: Attributes, startedAt?: number): Span | undefined;
  /** Goes on with the trace of a message that began elsewhere. */
  resume(messageId: string, name: string, kind: SpanKind, attributes?: Attributes): Span | undefined;
  /** Goes on with what a packet brought. */
  follow(traceparent: string, name: string, kind: SpanKind, attributes?: Attributes): Span | undefined;
}

/** None: what a process has without an endpoint. */
export const noTraces: Traces = {
  open: () => undefined,
  resume: () => undefined,
  follow: () => undefined,
  [Symbol.asyncDispose]: async () => {},
};

/** A message's trace. */
export function traceIdOfMessage(messageId: string): string {
  return messageId.replaceAll("-", "");
}

/** Whether a message is among the `share` that is traced: by the last 32 bits of its id, which are random. */
export function isTraced(messageId: string, share: number): boolean {
  return Number.parseInt(messageId.slice(-8), 16) < share * 2 ** 32;
}
