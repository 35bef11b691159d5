/** A REST answer. `body` is the parsed JSON, else the text, else undefined when empty. */
export type ApiAnswer<T> = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
};

export type Api = {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads bodies whose shape is what it checks
  get<T = any>(path: string): Promise<ApiAnswer<T>>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  post<T = any>(path: string, body?: unknown): Promise<ApiAnswer<T>>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  put<T = any>(path: string, body?: unknown): Promise<ApiAnswer<T>>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  patch<T = any>(path: string, body?: unknown): Promise<ApiAnswer<T>>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  delete<T = any>(path: string, body?: unknown): Promise<ApiAnswer<T>>;
};

/**
 * The REST interface of one gateway for one user (or for nobody, without a token). Every status resolves; only a
 * connection that fails or an answer that takes longer than `timeoutMs` rejects.
 * A body that is a string or bytes is sent as it is (for malformed JSON), everything else as JSON.
 */
export function api(url: string, token?: string, timeoutMs = 10_000): Api {
  async function call(method: string, path: string, body?: unknown) {
    const headers: Record<string, string> = {};
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: parse(await response.text(), response),
    };
  }
  return {
    get: (path) => call("GET", path) as Promise<never>,
    post: (path, body) => call("POST", path, body) as Promise<never>,
    put: (path, body) => call("PUT", path, body) as Promise<never>,
    patch: (path, body) => call("PATCH", path, body) as Promise<never>,
    delete: (path, body) => call("DELETE", path, body) as Promise<never>,
  };
}

function parse(text: string, response: Response): unknown {
  if (text === "") return undefined;
  return /\bjson\b/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
}
