import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Document, parseDocument, stringify } from "yaml";
import type { RenderRequest } from "./arguments.ts";
import { scriptFolder } from "./run-load.ts";

const INSTANCE = "app.kubernetes.io/instance";
const templates = fileURLToPath(new URL("../../manifests/load", import.meta.url));

/**
 * A scenario for a cluster: manifests/load/{job,testrun}.yaml with the scripts beside it as a ConfigMap, ready for
 * `kubectl apply -f -`. The folder is flat and k6 runs TypeScript, so the scripts go in as they are.
 */
export async function render(request: RenderRequest): Promise<string> {
  const { scenario, as, namespace, cluster, image, prometheus } = request;
  const name = `load-${scenario}`;
  const template = parseDocument(await readFile(join(templates, `${as}.yaml`), "utf8"));
  template.setIn(["metadata", "name"], name);
  template.setIn(["metadata", "namespace"], namespace);
  const env = {
    URLS: `http://${cluster}-gateway.${namespace}.svc`,
    ...(as === "testrun" && { INSTANCES: String(template.getIn(["spec", "parallelism"])) }),
    ...request.settings,
    ...(prometheus && { K6_PROMETHEUS_RW_SERVER_URL: prometheus }),
  };
  const filling = { name, scenario, cluster, image, env, prometheus };
  if (as === "testrun") fillTestRun(template, filling);
  else fillJob(template, filling);
  const scripts = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels: template.getIn(["metadata", "labels"]) },
    data: await readScripts(),
  };
  return `${stringify(scripts, { lineWidth: 0, version: "1.1" })}---\n${template.toString({ lineWidth: 0 })}`;
}

interface Filling {
  readonly name: string;
  readonly scenario: string;
  readonly cluster: string;
  readonly image: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly prometheus: string | undefined;
}

function fillJob(job: Document, { name, scenario, cluster, image, env, prometheus }: Filling): void {
  const pod = ["spec", "template", "spec"];
  const container = [...pod, "containers", 0];
  const output = prometheus ? ["--out=experimental-prometheus-rw"] : [];
  const given = (job.toJS() as JobShape).spec.template.spec.containers[0]?.env ?? [];
  if (image) job.setIn([...container, "image"], image);
  job.setIn([...container, "args"], ["run", "--quiet", "--address=", ...output, `/scripts/${scenario}.ts`]);
  job.setIn([...container, "env"], [...given, ...variables(env)]);
  job.setIn(["spec", "template", "metadata", "labels", INSTANCE], cluster);
  job.setIn([...pod, "volumes", 0, "configMap", "name"], name);
}

function fillTestRun(run: Document, { name, scenario, cluster, image, env, prometheus }: Filling): void {
  const given = (run.toJS() as TestRunShape).spec.runner.env ?? [];
  run.setIn(["spec", "script", "configMap"], { name, file: `${scenario}.ts` });
  if (prometheus) run.setIn(["spec", "arguments"], "--out=experimental-prometheus-rw");
  if (image) run.setIn(["spec", "runner", "image"], image);
  run.setIn(["spec", "runner", "metadata", "labels", INSTANCE], cluster);
  run.setIn(["spec", "runner", "env"], [...given, ...variables(env)]);
}

interface JobShape {
  spec: { template: { spec: { containers: { env?: object[] }[] } } };
}

interface TestRunShape {
  spec: { runner: { env?: object[] } };
}

function variables(env: Readonly<Record<string, string>>): object[] {
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

async function readScripts(): Promise<Record<string, string>> {
  const names = (await readdir(scriptFolder)).filter((file) => file.endsWith(".ts")).sort();
  const files = names.map(async (file) => [file, await readFile(join(scriptFolder, file), "utf8")] as const);
  return Object.fromEntries(await Promise.all(files));
}
