import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { RuleGroups } from "../../dashboards/rules/rules.ts";
import { startChild } from "../../src/engines/child-process.ts";
import { freePort } from "../../src/engines/free-port.ts";

export interface Target {
  pod: string;
  component: "gateway" | "worker" | "operator";
  /** Of its metrics. */
  url: string;
}

export interface Series {
  metric: Record<string, string>;
  value: string;
}

export interface Prometheus extends AsyncDisposable {
  /** What the query answers now. */
  query(expr: string): Promise<Series[]>;
  /** What stands at /api/v1/query_exemplars for the last hour. */
  exemplars(expr: string): Promise<{ labels: Record<string, string>; value: string }[]>;
}

/** Labels as the PodMonitors of the operator give them. */
export const chat = { namespace: "chat", chat_cluster: "team" };

/** Debian's Prometheus, which looks at the targets every second. */
export async function startPrometheus(targets: readonly Target[], rules: RuleGroups): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), "nexus-prometheus-"));
  const port = await freePort();
  const file = (name: string, content: object) => writeFile(join(directory, name), stringify(content));
  await file("rules.yaml", rules);
  await file("prometheus.yaml", {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yaml"],
    scrape_configs: [
      {
        job_name: "nexus",
        static_configs: targets.map(({ pod, component, url }) => ({
          targets: [new URL(url).host],
          labels: { ...chat, pod, component },
        })),
      },
    ],
  });
  const child = startChild({
    name: "prometheus",
    command: "prometheus",
    cwd: directory,
    args: [
      "--config.file=prometheus.yaml",
      "--storage.tsdb.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
      "--log.level=warn",
    ],
  });
  const base = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await child.stop("SIGTERM", 5000);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(base, () => child.running);
  } catch (error) {
    const said = child.tail();
    await stop();
    throw new Error(`Prometheus did not start: ${String(error)}\n${said}`);
  }

  async function ask<T>(path: string, form: Record<string, string>): Promise<T> {
    const options = { method: "POST", body: new URLSearchParams(form), signal: AbortSignal.timeout(10_000) };
    const answer = (await (await fetch(`${base}${path}`, options)).json()) as { data: T; error?: string };
    if (answer.error !== undefined) throw new Error(`${form.query}: ${answer.error}`);
    return answer.data;
  }

  return {
    async query(expr) {
      const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        "/api/v1/query",
        { query: expr },
      );
      return result.map(({ metric, value }) => ({ metric, value: value[1] }));
    },
    async exemplars(expr) {
      const now = Date.now() / 1000;
      const found = await ask<{ exemplars: { labels: Record<string, string>; value: string }[] }[]>(
        "/api/v1/query_exemplars",
        { query: expr, start: String(now - 3600), end: String(now + 60) },
      );
      return found.flatMap(({ exemplars }) => exemplars);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function untilReady(base: string, running: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (running() && performance.now() < deadline) {
    const answer = await fetch(`${base}/-/ready`, { signal: AbortSignal.timeout(1000) }).catch(
      () => undefined,
    );
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(running() ? "not ready after 30 s" : "it ended");
}
