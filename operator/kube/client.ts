/** Calls of the Kubernetes API: one for an answer, one for a stream of lines. Every call has an end. */
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { Access } from "./access.ts";
import { errorOf, isStatus, KubeError } from "./errors.ts";
import { createSessions, type SessionTimes } from "./sessions.ts";

export type Verb = "get" | "list" | "watch" | "create" | "apply" | "patch" | "update" | "delete";

export interface Call {
  verb: Verb;
  /** The resource's plural, with the subresource: for metrics and messages. */
  resource: string;
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** ms until the call is given up; the whole of it, 15,000 unless told. */
  timeout?: number;
  signal?: AbortSignal | undefined;
}

export interface KubeClient {
  readonly namespace: string;
  /** @throws KubeError with the server's words, or status 0 when there was no answer. */
  call<T = unknown>(call: Call): Promise<T>;
  /** Feeds each line of the answer to `line` until the server ends it. What `line` throws ends it, as `cause`. */
  stream(call: Call & { timeout: number }, on: StreamHandlers): Promise<void>;
  close(): void;
}

export interface StreamHandlers {
  /** The server has accepted; lines may be long in coming. */
  open?: () => void;
  line: (line: string) => void;
}

export interface ClientOptions {
  userAgent: string;
  /** Told of every finished call; status 0 when there was no answer. */
  onRequest?: (verb: Verb, resource: string, status: number) => void;
  times?: Partial<SessionTimes>;
}

const methods: Record<Verb, string> = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  apply: "PATCH",
  patch: "PATCH",
  update: "PUT",
  delete: "DELETE",
};

export function createClient(access: Access, options: ClientOptions): KubeClient {
  const sessions = createSessions(access, options.times);
  // Some front ends serve a cluster below a path of theirs.
  const prefix = access.server.pathname.replace(/\/$/, "");
  const agent = { "user-agent": options.userAgent };

  async function send(call: Call, on?: StreamHandlers, refused = false): Promise<string> {
    const { headers } = await access.credentials(refused);
    let status = 0;
    let body = "";
    let rest = "";
    try {
      await sessions.use((session) =>
        exchange(session, call, { ...headers, ...headersOf(call, prefix), ...agent }, (code, text) => {
          if (on === undefined || code !== 200) body += text;
          else {
            if (status === 0) on.open?.();
            const lines = (rest + text).split("\n");
            rest = lines.pop() ?? "";
            for (const line of lines) if (line !== "") on.line(line);
          }
          status = code;
        }),
      );
    } finally {
      options.onRequest?.(call.verb, call.resource, status);
    }
    if (status >= 300) throw errorOf(status, body, `${call.verb} ${call.path}`);
    return body;
  }

  /** A rotated token is refused once: then the new one is read. */
  async function sendAsKnown(call: Call, on?: StreamHandlers): Promise<string> {
    try {
      return await send(call, on);
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      return await send(call, on, true);
    }
  }

  return {
    namespace: access.namespace,
    async call<T>(call: Call): Promise<T> {
      const body = await sendAsKnown(call);
      return (body === "" ? undefined : JSON.parse(body)) as T;
    },
    async stream(call, on) {
      await sendAsKnown(call, on);
    },
    close: () => sessions.close(),
  };
}

function headersOf(call: Call, prefix: string): OutgoingHttpHeaders {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) query.set(name, String(value));
  return {
    ":method": methods[call.verb],
    ":path": `${prefix}${call.path}${query.size > 0 ? `?${query}` : ""}`,
    accept: call.accept ?? "application/json",
    ...(call.body !== undefined && { "content-type": call.contentType ?? "application/json" }),
  };
}

/** One stream from request to end. `onText` is called at least once when there was an answer. */
function exchange(
  session: ClientHttp2Session,
  call: Call,
  headers: OutgoingHttpHeaders,
  onText: (status: number, text: string) => void,
): Promise<void> {
  const { signal, timeout = 15_000 } = call;
  return new Promise((resolve, reject) => {
    let failure: unknown;
    let answered = 0;
    let ended = false;
    if (signal?.aborted) return reject(signal.reason);
    const stream = session.request(headers, { endStream: call.body === undefined });
    const fail = (error: unknown) => {
      failure ??= error;
      stream.destroy();
    };
    const stop = () => fail(signal?.reason);
    const timer = setTimeout(() => fail(new Error(`no end within ${timeout} ms`)), timeout);
    signal?.addEventListener("abort", stop, { once: true });
    const guarded = (text: string) => {
      try {
        onText(answered, text);
      } catch (error) {
        fail(error);
      }
    };
    stream.setEncoding("utf8");
    stream.on("response", (response: IncomingHttpHeaders) => {
      answered = Number(response[":status"]);
      guarded("");
    });
    stream.on("data", guarded);
    stream.on("end", () => {
      ended = true;
    });
    stream.on("error", (error) => {
      failure ??= error;
    });
    stream.on("close", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      if (failure === undefined && answered !== 0 && ended && stream.rstCode === 0) return resolve();
      if (signal?.aborted) return reject(signal.reason);
      const why = failure instanceof Error ? failure.message : "the connection was cut";
      reject(new KubeError(0, "Unreachable", `${call.verb} ${call.path}: ${why}`, undefined, failure));
    });
    if (call.body !== undefined) stream.end(JSON.stringify(call.body));
  });
}
