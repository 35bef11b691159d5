import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLimits } from "../../bus/limits.ts";
import { Problem } from "../../protocol/errors.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { type Account, register } from "../../testing/client/account.ts";
import { type Api, api } from "../../testing/client/api.ts";
import { testDatabase } from "../../testing/pg/test-database.ts";
import { startTestApp, type TestApp } from "./testing-app.ts";

const database = await testDatabase();
afterAll(() => database[Symbol.asyncDispose]());

let app: TestApp;
let ann: Account;
let asAnn: Api;
let anonymous: Api;
beforeAll(async () => {
  app = await startTestApp(database.url);
  ann = await register(app.url, { name: "Ann" });
  asAnn = api(app.url, ann.token);
  anonymous = api(app.url);
});
afterAll(() => app[Symbol.asyncDispose]());

/** The answer is a whole problem document of this kind, and says nothing of the inside. */
function expectProblem(
  answer: { status: number; headers: Headers; body: unknown },
  status: number,
  code: string,
) {
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  const problem = Problem.strict().parse(answer.body);
  expect(problem).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.ts:|select |insert |at async/i);
  return problem;
}

describe("errors are problem documents", () => {
  const loginBody = { email: "a@b.c", password: "password-1" };

  test.each([
    ["malformed JSON", "{bad", undefined],
    ["no body", undefined, undefined],
    ["an array", "[]", undefined],
    ["null", "null", undefined],
    ["a poisoned prototype", '{"__proto__": {"email": "x"}}', undefined],
    ["invalid UTF-8", Buffer.from('{"email":"\xff","password":"x"}', "latin1"), undefined],
    ["a truncated UTF-8 sequence", Buffer.from([0x22, 0xe2, 0x82, 0x22]), undefined],
    ["a wrong type", { ...loginBody, email: 1 }, "email"],
    ["a missing field", { email: "a@b.c" }, "password"],
  ])("%s is VALIDATION_FAILED", async (_, body, field) => {
    const problem = expectProblem(await anonymous.post("/auth/login", body), 400, "VALIDATION_FAILED");
    expect(problem.field).toBe(field);
  });

  test("a field within is named by its path", async () => {
    const body = { conversations: { "not-a-uuid": 1 } };
    const problem = expectProblem(await asAnn.post("/sync", body), 400, "VALIDATION_FAILED");
    expect(problem.field).toBe("conversations.not-a-uuid");
  });

  test("another content type is 415", async () => {
    const response = await fetch(`${app.url}/auth/login`, { method: "POST", body: "email=a" });
    expectProblem(
      { status: response.status, headers: response.headers, body: await response.json() },
      415,
      "VALIDATION_FAILED",
    );
  });

  test("a body over 1 MB is PAYLOAD_TOO_LARGE", async () => {
    const body = { ...loginBody, password: "x".repeat(2 ** 20) };
    expectProblem(await anonymous.post("/auth/login", body), 413, "PAYLOAD_TOO_LARGE");
  });

  test("an unknown route is NOT_FOUND, a known one with another method 405 with Allow", async () => {
    expectProblem(await anonymous.get("/nowhere"), 404, "NOT_FOUND");
    const answer = await asAnn.delete("/users/me");
    expectProblem(answer, 405, "VALIDATION_FAILED");
    expect(answer.headers.get("allow")).toBe("GET, PATCH");
  });

  test("an address that is no URL is VALIDATION_FAILED", async () => {
    expectProblem(await anonymous.get("/users/%zz"), 400, "VALIDATION_FAILED");
  });

  test("what is not HTTP at all is answered too", async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    socket.end("nonsense\r\n\r\n");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    await once(socket, "close");
    expect(text).toMatch(/^HTTP\/1.1 400/);
    expect(JSON.parse(text.split("\r\n\r\n")[1] ?? "")).toMatchObject({ code: "VALIDATION_FAILED" });
  });

  test("too many failed logins are 429 with Retry-After", async () => {
    const config = {
      RATE_LIMIT_MESSAGES_PER_MINUTE: 0,
      RATE_LIMIT_MESSAGES_PER_HOUR: 0,
      RATE_LIMIT_CONVERSATION_PER_MINUTE: 0,
      RATE_LIMIT_UPLOADS_PER_HOUR: 0,
      RATE_LIMIT_LOGINS_PER_MINUTE: 1,
    };
    const { logins } = createLimits(config, undefined, createMetrics());
    await using limited = await startTestApp(database.url, { limits: logins });
    const guess = () => api(limited.url).post("/auth/login", loginBody);
    expectProblem(await guess(), 401, "UNAUTHENTICATED");
    const answer = await guess();
    const problem = expectProblem(answer, 429, "RATE_LIMIT_EXCEEDED");
    expect(problem.retryAfter).toBeGreaterThan(0);
    expect(Number(answer.headers.get("retry-after"))).toBe(problem.retryAfter);
  });

  test("an unexpected error is INTERNAL with the trace id that is in the log, and nothing else", async () => {
    const broken = async () => {
      throw new Error("secret detail: select * from users");
    };
    await using failing = await startTestApp(database.url, { authenticate: broken });
    const problem = expectProblem(await api(failing.url, "x").get("/users/me"), 500, "INTERNAL");
    expect(JSON.stringify(problem)).not.toContain("secret detail");
    const told = failing
      .log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(told.find(({ route }) => route === "/users/me")).toMatchObject({
      traceId: problem.traceId,
      route: "/users/me",
      err: { message: expect.any(String) },
    });
  });

  test("the trace id is the caller's, where there is one", async () => {
    const broken = async () => {
      throw new Error("broken");
    };
    await using failing = await startTestApp(database.url, { authenticate: broken });
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const headers = { authorization: "Bearer x", traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const response = await fetch(`${failing.url}/users/me`, { headers });
    expect(await response.json()).toMatchObject({ traceId });
  });
});

describe("with the database away", () => {
  test("requests are UNAVAILABLE with Retry-After, /readyz is not ready, /healthz lives", async () => {
    await using cut = await startTestApp("postgres://nobody@127.0.0.1:9/none");
    const away = api(cut.url);
    const answer = await away.post("/auth/register", { email: "x@y.zz", password: "password-1", name: "X" });
    expectProblem(answer, 503, "UNAVAILABLE");
    expect(answer.headers.get("retry-after")).toBe("1");
    expectProblem(await away.get("/readyz"), 503, "UNAVAILABLE");
    expect((await away.get("/healthz")).status).toBe(200);
  });
});

describe("readiness", () => {
  test("says whether Redis is there, yet does not depend on it", async () => {
    expect((await anonymous.get("/readyz")).body).toEqual({ status: "ready", database: true, redis: true });
    app.state.redis = false;
    expect(await anonymous.get("/readyz")).toMatchObject({ status: 200, body: { redis: false } });
    app.state.redis = true;
  });

  test("ends when the gateway drains", async () => {
    app.state.draining = true;
    expectProblem(await anonymous.get("/readyz"), 503, "UNAVAILABLE");
    expect((await anonymous.get("/healthz")).status).toBe(200);
    app.state.draining = false;
  });
});

describe("authentication", () => {
  test.each([
    ["no token", undefined],
    ["an invalid token", "abc"],
    ["a token of alg none", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4IiwiZXhwIjo5OTk5OTk5OTk5fQ."],
  ])("%s is 401 with WWW-Authenticate, on every guarded route", async (_, token) => {
    const caller = api(app.url, token);
    const answers = await Promise.all([
      caller.get("/users/me"),
      caller.post("/messages", {}),
      caller.post("/sync", "{bad"),
      caller.delete("/messages/x/reactions/y"),
    ]);
    for (const answer of answers) {
      expectProblem(answer, 401, "UNAUTHENTICATED");
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm="nexus"/);
    }
  });

  test("the scheme's case does not matter", async () => {
    const response = await fetch(`${app.url}/users/me`, {
      headers: { authorization: `bearer ${ann.token}` },
    });
    expect(response.status).toBe(200);
  });

  test("no token of any request is in the log", () => {
    expect(app.log()).not.toContain(ann.token);
  });
});

describe("headers", () => {
  test("answers are not cached, sniffed or framed", async () => {
    const { headers } = await anonymous.get("/healthz");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test("a browser of the configured origin may call, another may not", async () => {
    await using strict = await startTestApp(database.url, {
      settings: { FRONTEND_URL: "https://chat.example, https://other.example" },
    });
    const preflight = (origin: string) =>
      fetch(`${strict.url}/messages/x`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "PUT",
          "access-control-request-headers": "authorization",
        },
      });
    const allowed = await preflight("https://chat.example");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://chat.example");
    expect(allowed.headers.get("access-control-allow-methods")).toContain("PUT");
    expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("/docs is readable with nothing from elsewhere", async () => {
    const page = await anonymous.get<string>("/docs");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      expect(asset).toMatch(/^\/docs\//);
      expect((await anonymous.get(asset)).status).toBe(200);
    }
  });
});
