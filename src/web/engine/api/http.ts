/** REST requests to the gateway: JSON in, JSON out, always with a time-out. */
import { ApiError, aborted, errorOf, unreachable } from "./api-error.ts";

const TIMEOUT = 15_000;

export interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** ms */
  readonly timeout?: number;
}

export interface Reply<T> {
  readonly data: T;
  /** Path of the next page; null: there is none. */
  readonly next: string | null;
}

/** Who asks: the token to show, and what to do when it is not taken any more. */
export interface Credentials {
  token(): Promise<string>;
  /** @returns whether there is a new token to try with. */
  refused(token: string): Promise<boolean>;
}

export type Http = ReturnType<typeof createHttp>;

export function createHttp(url: string) {
  async function send<T>(
    method: string,
    path: string,
    { body, signal, timeout = TIMEOUT }: RequestOptions,
    token?: string,
  ): Promise<Reply<T>> {
    const response = await fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]),
      headers: {
        accept: "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw signal?.aborted ? aborted() : unreachable();
    });
    const data = (await response.json().catch(() => {
      if (signal?.aborted) throw aborted();
      return undefined;
    })) as unknown;
    if (!response.ok) throw errorOf(response.status, data);
    return { data: data as T, next: nextOf(response.headers.get("link")) };
  }

  return {
    url,
    /** Without a token. @throws ApiError */
    open: <T>(method: string, path: string, options: RequestOptions = {}) => send<T>(method, path, options),

    /** With the token of who is signed in; a token that has just ended is renewed once. @throws ApiError */
    async signed<T>(
      credentials: Credentials,
      method: string,
      path: string,
      options: RequestOptions = {},
    ): Promise<Reply<T>> {
      const token = await credentials.token();
      try {
        return await send<T>(method, path, options, token);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "UNAUTHENTICATED") throw error;
        if (!(await credentials.refused(token))) throw error;
        return send<T>(method, path, options, await credentials.token());
      }
    },
  };
}

/** The path of `rel="next"` (RFC 8288), as the gateway writes it. */
export function nextOf(link: string | null): string | null {
  return /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1] ?? null;
}
