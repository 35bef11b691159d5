/** A whole platform with a Prometheus that looks at it, a local Google that is pushed to, and people who write. */
import { setTimeout as delay } from "node:timers/promises";
import { ruleGroups } from "../../dashboards/rules/rules.ts";
import { createOperatorMetrics } from "../../operator/metrics.ts";
import { freePort } from "../../src/engines/free-port.ts";
import { serveMetrics } from "../../src/telemetry/metrics-server.ts";
import { type Account, register } from "../../src/testing/client/account.ts";
import { api } from "../../src/testing/client/api.ts";
import { connect } from "../../src/testing/client/connect.ts";
import { type FcmServer, startFcm } from "../../src/testing/fcm/server.ts";
import { tokenOf } from "../../src/testing/fcm/token.ts";
import { type Platform, startPlatform } from "../../src/testing/platform/platform.ts";
import { type ServiceProcess, serviceProcess } from "../../src/testing/platform/service-process.ts";
import { type Prometheus, startPrometheus, type Target } from "./prometheus.ts";
import { scaled } from "./scaled.ts";

/** How much faster than in operation the rules' time passes here. */
export const FASTER = 30;

export interface Stage extends AsyncDisposable {
  platform: Platform;
  worker: ServiceProcess;
  google: FcmServer;
  prometheus: Prometheus;
}

/** Everything runs, and people write, when it resolves. */
export async function startStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const google = stack.use(await startFcm());
  const account = google.oauth.createKey();
  const env = {
    ...google.env,
    FCM_SERVICE_ACCOUNT_JSON: JSON.stringify(account),
    PUSH_DELAY: "300",
    PUSH_INTERVAL: "200",
    OTEL_TRACES_SAMPLER_ARG: "0",
  };
  const platform = stack.use(await startPlatform({ gateways: 2, worker: false, env }));
  const workerPort = await freePort();
  const canary = {
    CANARY_INTERVAL: "500",
    CANARY_GATEWAYS: platform.gateways.map(({ url }) => url).join(","),
    METRICS_PORT: String(workerPort),
  };
  const worker = serviceProcess(
    { name: "worker", main: "src/worker/main.ts", env: { ...platform.env, ...canary } },
    `http://127.0.0.1:${workerPort}/readyz`,
  );
  stack.defer(() => worker.kill());
  await worker.start();
  const operator = await startOperatorMetrics(stack);
  const targets: Target[] = [
    ...platform.gateways.map(({ name, metricsUrl }) => ({
      pod: name,
      component: "gateway" as const,
      url: metricsUrl,
    })),
    { pod: "worker", component: "worker", url: `http://127.0.0.1:${workerPort}` },
    { pod: "operator", component: "operator", url: operator },
  ];
  const prometheus = stack.use(await startPrometheus(targets, scaled(ruleGroups(), FASTER)));
  const stop = new AbortController();
  const people = write(await meet(platform), stop.signal);
  stack.defer(async () => {
    stop.abort();
    await people;
  });
  const owned = stack.move();
  return { platform, worker, google, prometheus, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/**
 * The operator itself needs a Kubernetes: here its metrics are served, and what it does is told to them. That the
 * operator tells them is main.kube.test.ts's affair.
 */
async function startOperatorMetrics(stack: AsyncDisposableStack): Promise<string> {
  const metrics = createOperatorMetrics();
  metrics.watchDepth(() => 0);
  metrics.leads(true);
  metrics.converged(12);
  const timer = setInterval(() => {
    metrics.reconciled("ok", 0.02);
    metrics.requested("get", "pods", 200);
  }, 200);
  stack.defer(() => clearInterval(timer));
  const { port } = stack.use(await serveMetrics(metrics, { port: 0, host: "127.0.0.1" }));
  return `http://127.0.0.1:${port}`;
}

interface People {
  ann: Account;
  bob: Account;
  carol: Account;
  urls: [string, string];
}

/** Ann and Bob, on two gateways; Carol is offline and has a phone. */
async function meet({ gateways }: Platform): Promise<People> {
  const urls = gateways.map(({ url }) => url) as [string, string];
  const join = (name: string) => register(urls[0], { name });
  const [ann, bob, carol] = await Promise.all([join("Ann"), join("Bob"), join("Carol")]);
  const phone = { deviceToken: tokenOf(`phone-${carol.id}`), platform: "android" };
  await api(urls[0], carol.token).post("/users/fcm/register", phone);
  return { ann, bob, carol, urls };
}

/** Twenty messages a second between Ann and Bob, two to Carol. Never rejects: gateways come and go here. */
async function write({ ann, bob, carol, urls }: People, stop: AbortSignal): Promise<void> {
  const [first, second] = urls;
  const writing = Promise.all([
    speak({ who: ann, at: first, to: bob.id }, stop),
    speak({ who: bob, at: second, to: ann.id }, stop),
  ]);
  while (!stop.aborted) {
    for (const url of [first, second])
      await api(url, ann.token)
        .post("/messages", { receiverId: carol.id, content: "are you there?" })
        .catch(() => {});
    await delay(1000, undefined, { signal: stop }).catch(() => {});
  }
  await writing;
}

/** Writes ten messages a second, confirms what comes, and connects again whenever the connection ends. */
async function speak(
  { who, at, to }: { who: Account; at: string; to: string },
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await using client = await connect({ url: at, token: who.token, deviceId: "laptop", timeoutMs: 2000 });
      client.socket.on("NEW_MESSAGE", ({ conversationId, seq }: { conversationId: string; seq: number }) =>
        client.socket.emit("MESSAGE_DELIVERED", { conversationId, seq }),
      );
      await client.emit("SYNC", { conversations: {} }, 2000);
      await client.emit("TYPING_START", { receiverId: to }, 2000);
      while (!stop.aborted && client.socket.connected) {
        client.socket.emit("NEW_MESSAGE", { receiverId: to, content: "tick" });
        await delay(100, undefined, { signal: stop }).catch(() => {});
      }
    } catch {
      await delay(200, undefined, { signal: stop }).catch(() => {});
    }
  }
}
