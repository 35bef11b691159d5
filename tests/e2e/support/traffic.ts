/** Constant traffic from a pod, and the verdict on it: src/testing/traffic, which prints its JSON into the pod's log. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Progress, Report } from "../../../src/testing/traffic/report.ts";
import { keep } from "./collect.ts";
import { e2eImage } from "./images.ts";
import { kubectl } from "./program.ts";
import { chat } from "./release.ts";
import { until } from "./until.ts";

export type TrafficOptions = {
  readonly clients?: number;
  readonly rate?: number;
  /** Where clients connect; the gateways' Service. */
  readonly url?: string;
};

export type Traffic = {
  readonly pod: string;
  /** Every line of progress so far. */
  readonly progress: readonly Progress[];
  /** Ends the sending, and resolves with the report once the final check is done. */
  finish(): Promise<Report>;
};

const START_MS = 120_000;
const CHECK_MS = 180_000;

/** Starts traffic and resolves when it has flowed for a few seconds. The pod goes with the test. */
export async function startTraffic(namespace: string, options: TrafficOptions = {}): Promise<Traffic> {
  const { clients = 200, rate = 100, url = `http://${chat}-gateway` } = options;
  const pod = `traffic-${randomBytes(3).toString("hex")}`;
  await kubectl(["apply", "-f", "-"], {
    input: JSON.stringify(trafficPod(namespace, pod, url, clients, rate)),
  });
  const progress: Progress[] = [];
  let report: Report | undefined;
  const take = (line: string) => {
    if (!line.startsWith("{")) return;
    const said = JSON.parse(line) as Progress | Report;
    if (said.type === "report") report = said;
    else if (said.at > (progress.at(-1)?.at ?? "")) progress.push(said);
  };
  const following = new AbortController();
  void follow(namespace, pod, take, following.signal);
  onTestFinished(async ({ task }) => {
    following.abort();
    if (task.result?.state === "fail")
      await keep(`${namespace}-${pod}.json`, JSON.stringify({ report, progress }));
    await kubectl([
      "-n",
      namespace,
      "delete",
      "pod",
      pod,
      "--wait=false",
      "--ignore-not-found",
      "--grace-period=1",
    ]);
  }, 60_000);

  const last = () => progress.at(-1) ?? "no line of progress";
  await until(
    "traffic flows",
    async () =>
      progress.filter(({ stage, acknowledged }) => stage === "running" && acknowledged > 0).length >= 3,
    { timeoutMs: START_MS, seen: last },
  );
  return {
    pod,
    progress,
    async finish() {
      await kubectl(["-n", namespace, "exec", pod, "--", "node", "-e", "process.kill(1, 'SIGTERM')"]);
      return until("the report on the traffic", async () => report, { timeoutMs: CHECK_MS, seen: last });
    },
  };
}

/** Traffic around something that is done to the cluster, with a few quiet seconds before the end. */
export async function underTraffic(
  namespace: string,
  disturb: (traffic: Traffic) => Promise<unknown>,
  options?: TrafficOptions,
): Promise<Report> {
  const traffic = await startTraffic(namespace, options);
  await disturb(traffic);
  await delay(5_000);
  const report = await traffic.finish();
  console.log(told(report));
  return report;
}

/** A report in one line, for the log of the run. */
export function told(report: Report): string {
  const { acknowledgedMs: ack, reconnects, errors } = report;
  const problems = errors.map((e) => `${e.stage} ${e.doing} ${e.code} × ${e.count}`).join("; ") || "none";
  return `traffic: ${report.acknowledged} acknowledged in ${report.seconds} s, p50 ${ack.p50} p99 ${ack.p99} max ${ack.max} ms, longest pause ${report.longestPauseMs} ms; ${reconnects.count} reconnects, at most ${reconnects.maxPerSecond}/s, consistent after at most ${reconnects.consistentMs.max} ms; errors: ${problems}; ${report.violationCount} violations`;
}

/** Follows the pod's log from whatever was not seen yet, again and again: a stream ends when an API server does. */
async function follow(
  namespace: string,
  pod: string,
  take: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const child: ChildProcess = spawn("kubectl", ["-n", namespace, "logs", "-f", pod], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const end = () => child.kill("SIGKILL");
    stop.addEventListener("abort", end, { once: true });
    process.once("exit", end);
    if (child.stdout) for await (const line of createInterface(child.stdout)) take(line);
    process.off("exit", end);
    stop.removeEventListener("abort", end);
    await delay(500, undefined, { signal: stop }).catch(() => {});
  }
}

function trafficPod(namespace: string, name: string, url: string, clients: number, rate: number): object {
  const options = ["--gateways", url, "--clients", String(clients), "--rate", String(rate), "--json", "-"];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { "nexus.chat/e2e": "traffic" } },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 5,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        runAsGroup: 10_001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "traffic",
          image: e2eImage,
          imagePullPolicy: "IfNotPresent",
          command: ["node", "src/testing/traffic/main.ts", ...options],
          resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  };
}
