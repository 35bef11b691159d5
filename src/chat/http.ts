/** The server said no, with a reason that may be shown. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = "Refused";
    this.status = status;
    this.code = code;
  }
}

const TIMEOUT_MS = 10_000;

/**
 * One REST request with a JSON body and a JSON answer.
 * @throws Refused when the server says no; an Error that says so when it cannot be reached or takes more than 10 s.
 */
export async function request<T>(
  url: string,
  method: "GET" | "POST",
  path: string,
  options: { readonly token?: string; readonly body?: unknown } = {},
): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  }).catch((error: Error) => {
    throw new Error(
      `${url} cannot be reached: ${(error.cause as Error | undefined)?.message ?? error.message}`,
    );
  });
  const answer = (await response.json().catch(() => undefined)) as unknown;
  if (response.ok) return answer as T;
  const problem = (answer ?? {}) as { code?: string; detail?: string };
  throw new Refused(
    response.status,
    problem.code ?? "INTERNAL",
    problem.detail ?? `${method} ${path} was answered with ${response.status}`,
  );
}
