/** One message, from its emit on one gateway to a socket of another and to Firebase, under one trace id. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Account, register } from "../../src/testing/client/account.ts";
import { api } from "../../src/testing/client/api.ts";
import { connect } from "../../src/testing/client/connect.ts";
import { type FcmServer, startFcm } from "../../src/testing/fcm/server.ts";
import { tokenOf } from "../../src/testing/fcm/token.ts";
import { type Platform, startPlatform } from "../../src/testing/platform/platform.ts";
import { startOtlp } from "./otlp.ts";

const secrets = ["the quick brown fox", "nexus-password-1", "secret-temp-id"];
const lines: { process: string; line: string }[] = [];
let receiver: Awaited<ReturnType<typeof startOtlp>>;
let google: FcmServer;
let platform: Platform;
let ann: Account;
let bob: Account;

beforeAll(async () => {
  receiver = await startOtlp();
  google = await startFcm();
  platform = await startPlatform({
    gateways: 2,
    env: {
      ...google.env,
      FCM_SERVICE_ACCOUNT_JSON: JSON.stringify(google.oauth.createKey()),
      PUSH_DELAY: "300",
      PUSH_INTERVAL: "200",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER_ARG: "1",
      // The SDK's own setting; it sends every 5 s otherwise.
      OTEL_BSP_SCHEDULE_DELAY: "300",
      LOG_LEVEL: "debug",
    },
    onLine: (process, line) => lines.push({ process, line }),
  });
  const url = platform.gateways[0]?.url ?? "";
  ann = await register(url, { name: "Ann", password: secrets[1] ?? "" });
  bob = await register(url, { name: "Bob" });
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await google?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
});

const kinds = { server: 2, client: 3, producer: 4, consumer: 5 };

test("a message across two gateways is one trace: arrival, statement, publishing, delivery, push; and log lines by its id", async () => {
  const [first, second] = platform.gateways.map(({ url }) => url) as [string, string];
  await api(first, bob.token).post("/users/fcm/register", {
    deviceToken: tokenOf(`phone-${bob.id}`),
    platform: "android",
  });
  await using sender = await connect({ url: first, token: ann.token });
  await using receiverOf = await connect({ url: second, token: bob.token, deviceId: "laptop" });
  await receiverOf.events.next("CONNECTION_SUCCESS");
  const sent = await sender.must<{ dbMessageId: string }>("NEW_MESSAGE", {
    receiverId: bob.id,
    content: secrets[0],
    tempId: secrets[2],
  });
  await receiverOf.events.next("NEW_MESSAGE");
  // It confirms nothing and goes, so his phone is told.
  await receiverOf.close();
  const traceId = sent.dbMessageId.replaceAll("-", "");
  const trace = () => receiver.spans.filter((span) => span.traceId === traceId);
  await vi.waitFor(() => expect(trace().map(({ name }) => name)).toContain("send push"), {
    timeout: 30_000,
    interval: 100,
  });

  const named = (name: string) => trace().find((span) => span.name === name);
  const root = named("NEW_MESSAGE");
  expect(root).toMatchObject({
    service: "nexus-gateway",
    instance: "gateway-1",
    kind: kinds.server,
    parentSpanId: "",
  });
  expect(root?.attributes["messaging.message.id"]).toBe(sent.dbMessageId);
  expect(named("INSERT messages")).toMatchObject({ kind: kinds.client, parentSpanId: root?.spanId });
  expect(named("INSERT messages")?.attributes).toMatchObject({
    "db.system.name": "postgresql",
    "db.operation.name": "INSERT",
  });
  expect(named("publish nexus")).toMatchObject({
    instance: "gateway-1",
    kind: kinds.producer,
    parentSpanId: root?.spanId,
  });
  expect(named("process NEW_MESSAGE")).toMatchObject({
    instance: "gateway-2",
    kind: kinds.consumer,
    parentSpanId: named("publish nexus")?.spanId,
  });
  expect(named("send push")).toMatchObject({
    service: "nexus-worker",
    kind: kinds.client,
    parentSpanId: root?.spanId,
  });
  expect(trace().filter(({ failed }) => failed)).toEqual([]);

  const logged = lines.filter(({ line }) => line.includes(traceId));
  expect(new Set(logged.map(({ process }) => process))).toEqual(
    new Set(["gateway-1", "gateway-2", "worker"]),
  );
  for (const { line } of logged)
    expect(JSON.parse(line)).toMatchObject({ traceId, time: expect.any(String), level: "debug" });

  // The metrics lead to it: an exemplar beside the bucket.
  const metrics = await (await fetch(platform.gateways[0]?.metricsUrl ?? "")).text();
  expect(metrics).toMatch(
    new RegExp(`nexus_send_seconds_bucket\\{le="[^"]+"\\} \\d+ # \\{trace_id="${traceId}"\\}`),
  );
});

test("a repeat belongs to the first one's trace, and its first span is told once", async () => {
  await using sender = await connect({ url: platform.gateways[1]?.url ?? "", token: ann.token });
  const again = { receiverId: bob.id, content: secrets[0], tempId: secrets[2] };
  const repeated = await sender.must<{ dbMessageId: string; duplicate: boolean }>("NEW_MESSAGE", again);
  expect(repeated.duplicate).toBe(true);
  const traceId = repeated.dbMessageId.replaceAll("-", "");
  const named = (name: string) =>
    receiver.spans.filter((span) => span.traceId === traceId && span.name === name);
  await vi.waitFor(() => expect(named("INSERT messages")).toHaveLength(2), {
    timeout: 15_000,
    interval: 100,
  });
  expect(named("NEW_MESSAGE")).toHaveLength(1);
});

test("a message over REST is traced as well, and what is refused is a failed trace with a code and nothing of what was said", async () => {
  const url = platform.gateways[0]?.url ?? "";
  const answer = await api(url, ann.token).post<{ id: string }>("/messages", {
    receiverId: bob.id,
    content: secrets[0],
  });
  const conversationId = "00000000-0000-4000-8000-000000000000";
  const refused = await api(url, ann.token).post<{ code: string }>("/messages", {
    conversationId,
    content: secrets[0],
  });
  expect(refused.body.code).toBe("NOT_FOUND");
  await vi.waitFor(
    () => {
      const names = receiver.spans.filter(({ traceId }) => traceId === answer.body.id.replaceAll("-", ""));
      expect(names.map(({ name }) => name)).toEqual(
        expect.arrayContaining(["NEW_MESSAGE", "INSERT messages"]),
      );
      const failed = receiver.spans.find((span) => span.failed);
      expect(failed).toMatchObject({ name: "NEW_MESSAGE", attributes: { "error.type": "NOT_FOUND" } });
    },
    { timeout: 15_000, interval: 100 },
  );
});

test("neither spans nor logs, at level debug, hold what was written, or a token, a password or a tempId", () => {
  const tokens = [ann, bob].flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]);
  const told = [...lines.map(({ line }) => line), JSON.stringify(receiver.spans)];
  expect(told.length).toBeGreaterThan(20);
  for (const secret of [...secrets, ...tokens, tokenOf(`phone-${bob.id}`), platform.jwtSecret])
    expect(told.filter((text) => text.includes(secret))).toEqual([]);
  for (const { line } of lines.filter(({ line }) => line.startsWith("{")))
    expect(JSON.parse(line)).toMatchObject({
      level: expect.stringMatching(/^(debug|info|warn|error)$/),
      service: expect.any(String),
    });
  // Metrics go to Prometheus, logs to stdout: only traces are sent.
  expect([...receiver.paths]).toEqual(["/v1/traces"]);
});
